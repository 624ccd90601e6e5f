//! The peers as their clients see them: over sockets, and as processes.

mod echo;
mod http;
mod http_faults;
mod load;
mod mysql;
mod resp;
mod resp_differential;
mod resp_faults;
mod servers;
mod stdin;
mod wire;
