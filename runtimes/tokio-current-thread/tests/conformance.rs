//! tokio-current-thread keeps the contract, sentence by sentence.

loopswap_rt::conformance!(loopswap_tokio_current_thread::TokioCurrentThread);
