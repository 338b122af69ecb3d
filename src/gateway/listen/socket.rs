//! Sockets: TCP, Unix, or handed over by systemd; and the connections that come in on them.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf as _, Bytes};
use listenfd::ListenFd;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use crate::config::settings::ListenAddress;

/// A socket that listens.
#[derive(Debug)]
pub enum Socket {
    /// TCP.
    Tcp(TcpListener),
    /// Unix.
    Unix(UnixListener, Option<OwnFile>),
}

/// Sockets handed over by systemd (`LISTEN_FDS`), each taken once.
pub struct Inherited {
    sockets: ListenFd,
    names: Vec<String>,
}

impl std::fmt::Debug for Inherited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inherited").field("names", &self.names).finish_non_exhaustive()
    }
}

impl Inherited {
    /// What the process was given; `names` is the value of `LISTEN_FDNAMES`.
    #[must_use]
    pub fn from_process(names: &str) -> Self {
        Self { sockets: ListenFd::from_env(), names: names.split(':').map(str::to_owned).collect() }
    }

    /// Nothing.
    #[must_use]
    pub fn none() -> Self {
        Self { sockets: ListenFd::empty(), names: Vec::new() }
    }

    fn take(&mut self, name: &str) -> io::Result<Vec<Socket>> {
        let places: Vec<usize> =
            self.names.iter().enumerate().filter(|(_, known)| *known == name).map(|(place, _)| place).collect();
        let mut sockets = Vec::new();
        for place in places {
            if let Ok(Some(listener)) = self.sockets.take_tcp_listener(place) {
                listener.set_nonblocking(true)?;
                sockets.push(Socket::Tcp(TcpListener::from_std(listener)?));
            } else if let Some(listener) = self.sockets.take_unix_listener(place)? {
                listener.set_nonblocking(true)?;
                sockets.push(Socket::Unix(UnixListener::from_std(listener)?, None));
            }
        }
        if sockets.is_empty() {
            let text = format!("systemd hands over no socket of this name (LISTEN_FDNAMES: {:?})", self.names);
            return Err(io::Error::new(io::ErrorKind::NotFound, text));
        }
        Ok(sockets)
    }
}

impl Socket {
    /// Binds an address; of systemd, every socket of that name.
    ///
    /// # Errors
    /// What the system says, or that somebody listens there already.
    pub async fn bind(address: &ListenAddress, inherited: &mut Inherited) -> io::Result<Vec<Self>> {
        match address {
            ListenAddress::Tcp(address) => Ok(vec![Self::Tcp(TcpListener::bind(address).await?)]),
            ListenAddress::Unix { path, mode } => Ok(vec![unix(path, *mode).await?]),
            ListenAddress::Systemd(name) => inherited.take(name),
        }
    }

    /// The next connection, and the address of its other end: of a Unix socket, this machine's.
    ///
    /// # Errors
    /// What the system says.
    pub async fn accept(&self) -> io::Result<(Accepted, IpAddr)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                let _ = stream.set_nodelay(true);
                Ok((Accepted::Tcp(stream.into_std()?), peer.ip()))
            }
            Self::Unix(listener, _) => {
                let (stream, _) = listener.accept().await?;
                Ok((Accepted::Unix(stream.into_std()?), IpAddr::V4(Ipv4Addr::LOCALHOST)))
            }
        }
    }

    /// The address of a TCP socket.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(listener) => listener.local_addr().ok(),
            Self::Unix(..) => None,
        }
    }
}

/// A socket's file that this process made; removed with the listener, unless another process has replaced it.
#[derive(Debug)]
pub struct OwnFile {
    path: PathBuf,
    inode: (u64, u64),
}

impl Drop for OwnFile {
    fn drop(&mut self) {
        if inode(&self.path).is_ok_and(|inode| inode == self.inode) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn inode(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = std::fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

/// Made beside its place and moved there with its permissions: it is never open to more people than it should.
async fn unix(path: &Path, mode: u32) -> io::Result<Socket> {
    use std::os::unix::fs::FileTypeExt as _;
    match std::fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "a file that is no socket stands there"));
        }
        // A socket that nobody answers was left behind by a process that was killed.
        Ok(_) if UnixStream::connect(path).await.is_ok() => {
            return Err(io::Error::new(io::ErrorKind::AddrInUse, "another process listens there"));
        }
        Ok(_) | Err(_) => (),
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => (),
    }
    let listener = UnixListener::bind(&beside)?;
    std::fs::set_permissions(&beside, std::fs::Permissions::from_mode(mode))?;
    std::fs::rename(&beside, path)?;
    let own = OwnFile { path: path.to_owned(), inode: inode(path)? };
    Ok(Socket::Unix(listener, Some(own)))
}

/// A connection on its way to the runtime that will serve it.
#[derive(Debug)]
pub enum Accepted {
    /// TCP.
    Tcp(std::net::TcpStream),
    /// Unix.
    Unix(std::os::unix::net::UnixStream),
}

impl Accepted {
    /// The connection, served by the runtime of the caller.
    ///
    /// # Errors
    /// When the system cannot watch one more.
    pub fn here(self) -> io::Result<Transport> {
        let stream = match self {
            Self::Tcp(stream) => Stream::Tcp(TcpStream::from_std(stream)?),
            Self::Unix(stream) => Stream::Unix(UnixStream::from_std(stream)?),
        };
        Ok(Transport { stream, unread: Bytes::new() })
    }
}

/// A connection below TLS.
#[derive(Debug)]
pub struct Transport {
    stream: Stream,
    /// Bytes already taken from the stream that belong to what follows.
    unread: Bytes,
}

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Transport {
    /// Puts bytes back in front of what is still to be read.
    pub fn put_back(&mut self, bytes: Bytes) {
        self.unread = bytes;
    }
}

impl AsyncRead for Transport {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.unread.is_empty() {
            let count = self.unread.len().min(buf.remaining());
            buf.put_slice(&self.unread.split_to(count));
            if !self.unread.has_remaining() {
                self.unread = Bytes::new();
            }
            return Poll::Ready(Ok(()));
        }
        match &mut self.stream {
            Stream::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            Stream::Unix(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Transport {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.stream {
            Stream::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Stream::Unix(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.stream {
            Stream::Tcp(stream) => Pin::new(stream).poll_write_vectored(cx, bytes),
            Stream::Unix(stream) => Pin::new(stream).poll_write_vectored(cx, bytes),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            Stream::Tcp(stream) => stream.is_write_vectored(),
            Stream::Unix(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Unix(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
