#include "wire/login.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <set>
#include <string>

#include "drivers/key_pair.h"

namespace palabre::wire {
namespace {

constexpr std::array<std::uint8_t, 32> filled(std::uint8_t with) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(with);
  return bytes;
}

class LoginTest : public testing::Test {
 protected:
  LoginTest() {
    const KeyPair pair(7);
    key.bytes = pair.open;
    signature.bytes = pair.sign(signed_);
  }
  bool is_proof_for(const LoginTo& other) const {
    return verify(key, signature, login_message(other));
  }

  const LoginTo to{{filled(1)}, {filled(2)}, filled(3), filled(4)};
  const LoginMessage signed_ = login_message(to);
  PublicKey key;
  Signature signature;
};

TEST_F(LoginTest, ProvesAKeyOnTheConnectionThatItWasMadeFor) { EXPECT_TRUE(is_proof_for(to)); }

TEST_F(LoginTest, ProvesNothingOfAnotherNonceServerOrConnection) {
  const std::array<std::function<void(LoginTo&)>, 6> others{
      [](LoginTo& other) { other.server.bytes[31] ^= 1; },
      [](LoginTo& other) { other.client.bytes[0] ^= 0x80; },
      [](LoginTo& other) { other.pin[5] ^= 1; },
      [](LoginTo& other) { (*other.exporter)[9] ^= 1; },
      [](LoginTo& other) { other.exporter.reset(); },
      [](LoginTo& other) { std::swap(other.server, other.client); }};
  for (std::size_t i = 0; i < others.size(); ++i) {
    LoginTo other = to;
    others[i](other);
    EXPECT_FALSE(is_proof_for(other)) << i;
  }
}

TEST_F(LoginTest, TakesNoExporterForAnotherThingThanAnExporterOfZeros) {
  LoginTo without = to;
  without.exporter.reset();
  LoginTo zeros = to;
  zeros.exporter = filled(0);
  EXPECT_NE(login_message(without), login_message(zeros));
}

TEST_F(LoginTest, PutsEveryPartAtItsPlace) {
  const std::string context(signed_.begin(), signed_.begin() + 16);
  EXPECT_EQ(context, std::string("palabre login 1\0", 16));
  const std::array<std::size_t, 6> begins{16, 48, 80, 112, 113, signed_.size()};
  const std::array<std::uint8_t, 5> parts{1, 2, 3, 1, 4};
  for (std::size_t part = 0; part < parts.size(); ++part) {
    for (std::size_t at = begins[part]; at < begins[part + 1]; ++at) {
      ASSERT_EQ(signed_[at], parts[part]) << at;
    }
  }
}

TEST_F(LoginTest, ProvesNothingWithAnyBitFlipped) {
  const auto message = signed_;
  for (std::size_t bit = 0; bit < 8 * signature.bytes.size(); ++bit) {
    Signature flipped = signature;
    flipped.bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    ASSERT_FALSE(verify(key, flipped, message)) << "signature, bit " << bit;
  }
  for (std::size_t bit = 0; bit < 8 * key.bytes.size(); ++bit) {
    PublicKey flipped = key;
    flipped.bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    ASSERT_FALSE(verify(flipped, signature, message)) << "key, bit " << bit;
  }
  for (std::size_t bit = 0; bit < 8 * message.size(); ++bit) {
    LoginMessage flipped = message;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    ASSERT_FALSE(verify(key, signature, flipped)) << "message, bit " << bit;
  }
}

// With the neutral point as key, the signature (neutral point, 0) is valid for every message.
TEST_F(LoginTest, ProvesNothingWithAKeyOfSmallOrder) {
  PublicKey neutral;
  neutral.bytes[0] = 1;
  Signature of_anything;
  of_anything.bytes[0] = 1;
  EXPECT_FALSE(verify(neutral, of_anything, signed_));
  EXPECT_FALSE(verify(PublicKey{}, Signature{}, signed_));
}

}  // namespace
}  // namespace palabre::wire
