//! What a session needs from where it runs: a worker in a browser, or a test.

use crate::session::protocol::Event;

/// The place a session runs in.
pub trait Host {
    /// Milliseconds of any clock that only goes forward.
    fn now_ms(&self) -> f64;
    /// Lets other messages in.
    fn breathe(&self) -> impl Future<Output = ()>;
    /// Sends an event to the page.
    fn send(&self, event: Event);
}

/// A file that can be read piece by piece.
pub trait FileSource {
    /// Bytes in all.
    fn bytes(&self) -> u64;
    /// `length` bytes from `offset`, fewer at the file's end.
    ///
    /// # Errors
    /// Why it cannot be read, in words.
    fn read(&self, offset: u64, length: u64) -> impl Future<Output = Result<Vec<u8>, String>>;
}
