//! async-std keeps the contract, sentence by sentence.

loopswap_rt::conformance!(loopswap_async_std::AsyncStd);
