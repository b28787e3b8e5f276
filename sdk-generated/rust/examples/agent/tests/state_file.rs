//! What is on the disk.

use std::fs;
use std::path::PathBuf;

use super::log::{NAME, applied, at, event, keyed};
use crate::replica::Replica;
use crate::state_file::StateFile;

/// A folder that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("swarmlog-agent-{:016x}", fastrand::u64(..)));
        fs::create_dir(&path).expect("a folder of the test's own");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn what_was_stored_last_is_read() {
    let folder = Folder::new();
    let file = StateFile::in_folder(&folder.0);
    assert_eq!(file.read().expect("no file is none"), None);
    file.replace(b"one").expect("room");
    file.replace(b"two").expect("room");
    assert_eq!(file.read().expect("a file"), Some(b"two".to_vec()));
    assert_eq!(fs::read_dir(&folder.0).expect("the folder").count(), 1, "nothing is left beside it");
}

#[test]
fn what_cannot_be_written_leaves_what_was_there() {
    let folder = Folder::new();
    let file = StateFile::in_folder(&folder.0);
    file.replace(b"one").expect("room");
    // A folder is where the new file should go.
    fs::create_dir(folder.0.join("state.new")).expect("a folder");
    file.replace(b"two").expect_err("no file can be there");
    assert_eq!(file.read().expect("a file"), Some(b"one".to_vec()));
}

#[test]
fn a_file_that_is_damaged_cut_off_or_of_another_agent_is_not_taken() {
    let whole = applied(at(2), vec![event(1, "", "one"), keyed(2, "a", "x")]).encode("fleet", NAME);
    let read = Replica::decode(&whole, "fleet", NAME).expect("the agent's own");
    assert_eq!(read.encode("fleet", NAME), whole);
    for length in 0..whole.len() {
        Replica::decode(&whole[..length], "fleet", NAME).expect_err("a part of it");
    }
    for i in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[i] ^= 1;
        Replica::decode(&damaged, "fleet", NAME).expect_err("a bit of it was turned");
    }
    let why = Replica::decode(&whole, "fleet", "another").expect_err("it is of another agent");
    assert!(why.contains("another") && why.contains(NAME), "{why}");
}
