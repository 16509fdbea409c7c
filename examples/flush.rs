//! The least that a durable replacement of a file costs: `flush FOLDER TIMES`. Prints microseconds for each: a temporary
//! file, a flush of it, a rename, a flush of the folder, and nothing else.

use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, times] = arguments.as_slice() else { return Err("usage: flush FOLDER TIMES".into()) };
    let (folder, times) = (Path::new(folder), times.parse::<u32>()?);
    let (target, temporary) = (folder.join("flush.md"), folder.join(".flush.tmp"));
    let text = vec![b'x'; 2000];
    let start = Instant::now();
    for _ in 0..times {
        let mut file = File::create(&temporary)?;
        file.write_all(&text)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&temporary, &target)?;
        File::open(folder)?.sync_all()?;
    }
    println!("{}", start.elapsed().as_micros() / u128::from(times.max(1)));
    fs::remove_file(target)?;
    Ok(())
}
