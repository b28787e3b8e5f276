//! Tests of the parts that have no input and output, and of the file.

mod lane;
mod log;
mod state_file;
mod vectors;
