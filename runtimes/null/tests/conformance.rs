//! null keeps the contract, sentence by sentence.

loopswap_rt::conformance!(loopswap_null::Null);
