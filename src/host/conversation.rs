//! A connection to a server that the user named: bounded in time and in what is read, whatever the server does.

use super::Live;
use crate::model::{Problem, ProblemKind};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// The most that is read of one conversation, in bytes.
const CAP: usize = 1 << 20;

/// How many addresses of a name are tried.
const ADDRESSES: usize = 4;

/// The longest line of a protocol that has lines, in bytes.
const LINE_CAP: usize = 8 << 10;

/// An open connection. Reading and writing fail when its time is over or too much has been said.
pub struct Conversation {
    stream: TcpStream,
    address: SocketAddr,
    end: Instant,
    left: usize,
}

impl Live {
    /// Connects to a server by name or address. All of the conversation may take no longer than `limit`.
    ///
    /// # Errors
    /// A problem when the name is not known or nobody answers in time.
    pub fn connect(&self, host: &str, port: u16, limit: Duration) -> Result<Conversation, Problem> {
        let end = Instant::now() + limit;
        let what = format!("{host}:{port}");
        let addresses = addresses(host, port, limit).map_err(|error| problem(&what, &error))?;
        let mut last = io::Error::new(io::ErrorKind::NotFound, "no address");
        for (tried, address) in addresses.iter().take(ADDRESSES).enumerate() {
            // The last one may have all the time that is left, those before it an equal part.
            let share = (addresses.len().min(ADDRESSES) - tried).max(1) as u32;
            let wait = (end.saturating_duration_since(Instant::now()) / share).max(Duration::from_millis(1));
            match TcpStream::connect_timeout(address, wait) {
                Ok(stream) => return Ok(Conversation { stream, address: *address, end, left: CAP }),
                Err(error) => last = error,
            }
        }
        Err(problem(&what, &last))
    }
}

/// The addresses of a name, from the system's resolver, which has no limit of its own: its thread is left behind.
fn addresses(host: &str, port: u16, limit: Duration) -> io::Result<Vec<SocketAddr>> {
    let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let (send, receive) = mpsc::channel();
    let ask = move || send.send((bare.as_str(), port).to_socket_addrs().map(Vec::from_iter)).ok();
    std::thread::Builder::new().spawn(ask)?;
    receive.recv_timeout(limit).unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// What went wrong with a server, as a problem.
pub(super) fn problem(what: &str, error: &io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Problem::new(ProblemKind::TimedOut, what),
        io::ErrorKind::InvalidData => Problem::new(ProblemKind::NotParsable, format!("{what}: {error}")),
        _ => Problem::new(ProblemKind::Failed, format!("{what}: {error}")),
    }
}

impl Conversation {
    /// Where it leads.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Says something.
    ///
    /// # Errors
    /// A problem when the server does not take it in time.
    pub fn say(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        self.write_all(bytes).map_err(|error| problem(&self.address.to_string(), &error))
    }

    /// The next line, without its end.
    ///
    /// # Errors
    /// A problem when there is none in time, or one that is too long.
    pub fn line(&mut self) -> Result<String, Problem> {
        let mut line = Vec::new();
        let mut byte = [0];
        loop {
            self.read_exact(&mut byte).map_err(|error| problem(&self.address.to_string(), &error))?;
            match byte {
                [b'\n'] => break,
                _ if line.len() >= LINE_CAP => {
                    let error = io::Error::new(io::ErrorKind::InvalidData, "a line that does not end");
                    return Err(problem(&self.address.to_string(), &error));
                }
                [byte] => line.push(byte),
            }
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(super::lossy(line))
    }

    /// The next so many bytes as text.
    ///
    /// # Errors
    /// A problem when they do not come in time, or are more than one conversation may have.
    pub fn text(&mut self, length: usize) -> Result<String, Problem> {
        let address = self.address.to_string();
        let mut bytes = vec![0; length.min(CAP)];
        if length > self.left {
            return Err(problem(&address, &too_much()));
        }
        self.read_exact(&mut bytes).map_err(|error| problem(&address, &error))?;
        Ok(super::lossy(bytes))
    }

    fn wait(&self) -> io::Result<Duration> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

fn too_much() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("an answer of more than {CAP} bytes"))
}

impl Read for Conversation {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(too_much());
        }
        self.stream.set_read_timeout(Some(self.wait()?))?;
        let most = buffer.len().min(self.left);
        let length = self.stream.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.left -= length.min(self.left);
        Ok(length)
    }
}

impl Write for Conversation {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.wait()?))?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::net::TcpListener;

    /// A server on the loopback that says something to whoever comes, and then keeps the line open.
    pub(crate) fn serve(says: &'static [u8]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
        let address = listener.local_addr().expect("has one");
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            while let Ok((mut stream, _)) = listener.accept() {
                stream.write_all(says).ok();
                kept.push(stream);
            }
        });
        address
    }

    #[test]
    fn silence_endless_lines_and_nobody_are_problems() {
        let live = Live::new();
        let limit = Duration::from_millis(200);
        let server = serve(b"one\r\ntwo\n12345");
        let mut open = live.connect("127.0.0.1", server.port(), limit).expect("connects");
        assert_eq!((open.line(), open.line()), (Ok("one".to_owned()), Ok("two".to_owned())));
        assert_eq!(open.text(3), Ok("123".to_owned()));
        assert_eq!(open.text(CAP + 1).expect_err("too much").kind, ProblemKind::NotParsable);
        assert_eq!(open.line().expect_err("silent").kind, ProblemKind::TimedOut);

        let server = serve(Box::leak(vec![b'x'; LINE_CAP * 2].into_boxed_slice()));
        let mut open = live.connect("[127.0.0.1]", server.port(), Duration::from_secs(5)).expect("connects");
        assert_eq!(open.line().expect_err("endless").kind, ProblemKind::NotParsable);

        let nobody = TcpListener::bind("127.0.0.1:0").expect("binds").local_addr().expect("has one");
        let problem = live.connect("127.0.0.1", nobody.port(), limit).err().expect("nobody is there");
        assert_eq!(problem.kind, ProblemKind::Failed);
    }
}
