//! corosensei keeps the contract, sentence by sentence.

loopswap_rt::conformance!(loopswap_corosensei::Corosensei);
