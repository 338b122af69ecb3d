//! Reading the former directory and merging it into ours (decision 40).
//! Reads and decides; whoever calls opens the file, looks accounts up, saves them and prints.

mod csv_line;
mod merge;
mod reader;
mod row;

pub use merge::{Outcome, Prepared, Refusal, merge, prepare};
pub use reader::{ImportFault, ImportReader};
pub use row::{COLUMNS, ImportRow, RowFault, Warning};
