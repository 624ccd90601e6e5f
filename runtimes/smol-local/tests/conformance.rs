//! smol-local keeps the contract, sentence by sentence.

loopswap_rt::conformance!(loopswap_smol_local::SmolLocal);
