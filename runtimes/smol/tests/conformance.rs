//! smol keeps the contract, sentence by sentence.

loopswap_rt::conformance!(loopswap_smol::Smol);
