#pragma once

#include <sodium/crypto_sign.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <span>

namespace palabre {

/// An Ed25519 key pair derived from a number: the same in every test.
struct KeyPair {
  explicit KeyPair(std::uint64_t number) {
    std::array<std::uint8_t, crypto_sign_SEEDBYTES> seed{};
    seed.fill(static_cast<std::uint8_t>(number));
    if (number > 255) std::memcpy(seed.data(), &number, sizeof number);
    crypto_sign_seed_keypair(open.data(), secret.data(), seed.data());
  }
  std::array<std::uint8_t, crypto_sign_BYTES> sign(std::span<const std::uint8_t> message) const {
    std::array<std::uint8_t, crypto_sign_BYTES> signature{};
    crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), secret.data());
    return signature;
  }

  std::array<std::uint8_t, crypto_sign_PUBLICKEYBYTES> open{};
  std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> secret{};
};

}  // namespace palabre
