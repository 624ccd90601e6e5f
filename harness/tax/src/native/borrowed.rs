//! Reading and writing on streams that borrow a buffer for the call: tokio's, and those of futures-io. What they expand
//! to finds `read` and `write_all` in the traits that the file of the runtime has in scope.

macro_rules! read {
    ($stream:expr, $buffer:expr) => {
        $stream.read(&mut $buffer).await?
    };
}
pub(crate) use read;

macro_rules! write_all {
    ($stream:expr, $bytes:expr) => {
        $stream.write_all(&$bytes).await?
    };
}
pub(crate) use write_all;

macro_rules! bounce {
    ($stream:ident, $buffer:ident) => {
        match $stream.read(&mut $buffer).await? {
            0 => 0,
            length => {
                $stream.write_all(&$buffer[..length]).await?;
                length
            }
        }
    };
}
pub(crate) use bounce;
