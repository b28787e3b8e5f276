//! The generated client: messages, services and constants, in the modules that the contract's packages name.

// Comments come from the contract and from Google's, whose lists are laid out in a way of their own.
#[allow(clippy::doc_overindented_list_items)]
pub mod google {
    pub mod rpc {
        include!("../gen/google/rpc/google.rpc.rs");
    }
}

// What a plan holds is for the contract to say; boxing its variants would be for every reader to undo.
#[allow(clippy::large_enum_variant)]
pub mod swarmlog {
    pub mod v1 {
        include!("../gen/swarmlog/v1/swarmlog.v1.rs");

        pub mod constants {
            include!("../gen/swarmlog/v1/swarmlog.v1.constants.rs");
        }
    }
}
