//! The file that the agent's state is in.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A file that is written anew, flushed to the device and renamed over the one before: whatever happens in between, the
/// old one or the new one is there, and it is whole.
#[derive(Clone, Debug)]
pub struct StateFile {
    path: PathBuf,
}

impl StateFile {
    pub fn in_folder(folder: &Path) -> Self {
        Self { path: folder.join("state") }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// None where nothing was stored yet.
    pub fn read(&self) -> io::Result<Option<Vec<u8>>> {
        match fs::read(&self.path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Blocks until the bytes are on the device. After an error the old ones are there.
    pub fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        let new = self.path.with_extension("new");
        let written = File::create(&new).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        if let Err(e) = written {
            // It may hold the very space that is lacking. If it stays, the next one replaces it.
            let _ = fs::remove_file(&new);
            return Err(e);
        }
        fs::rename(&new, &self.path)?;
        // The name is in the folder, which is flushed by itself.
        File::open(self.path.parent().unwrap_or(Path::new(".")))?.sync_all()
    }
}
