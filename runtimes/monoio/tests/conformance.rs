//! monoio on io_uring keeps the contract, sentence by sentence.
#![cfg(target_os = "linux")]

loopswap_rt::conformance!(loopswap_monoio::Monoio);
