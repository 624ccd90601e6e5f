//! A blocking HTTP/1.1 client, for runs without asynchronous code: one connection, kept open.

use loopswap_rt::Fault;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

/// The longest head of an answer.
const MOST_HEAD: usize = 8 << 10;

/// One connection. Every call blocks its thread.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    host: SocketAddr,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Result<Self, Fault> {
        let connected = TcpStream::connect(address).and_then(|stream| {
            stream.set_nodelay(true)?;
            Ok(stream)
        });
        let stream = connected.map_err(|error| Fault::during("connecting to the HTTP peer", error))?;
        Ok(Client { stream: BufReader::new(stream), host: address })
    }

    /// Asks for `target`, and reads the whole body into `document`. Completes with the status code.
    pub(crate) fn get(&mut self, target: &str, document: &mut Vec<u8>) -> Result<u16, Fault> {
        let request = format!("GET {target} HTTP/1.1\r\nhost: {}\r\n\r\n", self.host);
        let sent = self.stream.get_mut().write_all(request.as_bytes());
        sent.map_err(|error| Fault::during("asking for a page", error))?;
        let (status, length) = self.head()?;
        document.resize(length, 0);
        self.stream.read_exact(document).map_err(|error| Fault::during("downloading", error))?;
        Ok(status)
    }

    /// Status and length of the body.
    fn head(&mut self) -> Result<(u16, usize), Fault> {
        let mut head = Vec::with_capacity(256);
        while !head.ends_with(b"\r\n\r\n") {
            let read = self.stream.read_until(b'\n', &mut head);
            let read = read.map_err(|error| Fault::during("reading the head of an answer", error))?;
            if read == 0 || head.len() > MOST_HEAD {
                return Err(Fault::Failed("the HTTP peer closed the connection within the head of an answer".into()));
            }
        }
        let mut headers = [httparse::EMPTY_HEADER; 16];
        let mut answer = httparse::Response::new(&mut headers);
        answer.parse(&head).map_err(|error| Fault::during("reading the head of an answer", error))?;
        let length = answer
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case("content-length"))
            .and_then(|header| std::str::from_utf8(header.value).ok()?.parse().ok());
        match (answer.code, length) {
            (Some(code), Some(length)) => Ok((code, length)),
            _ => Err(Fault::Wrong("an answer without a status or a length".into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn answered(answer: &'static [u8]) -> Result<(u16, Vec<u8>), Fault> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let mut request = [0; 512];
            let length = stream.read(&mut request).expect("a request");
            stream.write_all(answer).expect("it listens");
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        let mut document = Vec::new();
        let status = Client::connect(address)?.get("/page/1/2", &mut document);
        let request = server.join().expect("the server ends");
        assert_eq!(request, format!("GET /page/1/2 HTTP/1.1\r\nhost: {address}\r\n\r\n"));
        Ok((status?, document))
    }

    #[test]
    fn an_answer_is_read_to_its_end() {
        assert_eq!(answered(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), Ok((200, b"hello".to_vec())));
        assert_eq!(answered(b"HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n"), Ok((404, Vec::new())));
    }

    #[test]
    fn an_answer_that_ends_early_or_has_no_length_is_an_error() {
        assert!(matches!(answered(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhell"), Err(Fault::Failed(_))));
        assert!(matches!(answered(b"HTTP/1.1 200 OK\r\n\r\n"), Err(Fault::Wrong(_))));
        assert!(matches!(answered(b"HTTP/1.1 200"), Err(Fault::Failed(_))));
    }
}
