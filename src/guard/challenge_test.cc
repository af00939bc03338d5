#include "guard/challenge.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace palabre::guard {
namespace {

using std::chrono_literals::operator""s;

Source source(const char* ip, std::uint16_t port) { return {Network::parse(ip)->ip, port, 2}; }

class ChallengeTest : public testing::Test {
 protected:
  std::string code(const Source& of, Instant when) const {
    const std::string line = challenge.line(of, when);
    return line.substr(line.size() - 1 - Challenge::kCodeCharacters, Challenge::kCodeCharacters);
  }

  Challenge challenge{Challenge::Key{1, 2, 3}};
  Source guest = source("198.51.100.7", 40000);
  Instant now = Instant{} + 1000s;
};

TEST_F(ChallengeTest, IsOneShortLine) {
  EXPECT_LE(challenge.line(guest, now).size(), Challenge::kLongestLine);
  EXPECT_TRUE(challenge.line(guest, now).starts_with("-- send "));
}

TEST_F(ChallengeTest, IsMetByItsCodeAloneOrOnALine) {
  const std::string good = code(guest, now);
  EXPECT_TRUE(challenge.is_met(guest, good, now));
  EXPECT_TRUE(challenge.is_met(guest, good + "\n", now));
  EXPECT_TRUE(challenge.is_met(guest, good + "\r\n", now));
}

TEST_F(ChallengeTest, IsNotMetByAnEchoNorByAnythingMore) {
  const std::string good = code(guest, now);
  EXPECT_FALSE(challenge.is_met(guest, challenge.line(guest, now), now));
  for (const std::string& wrong : {good + "x", "x" + good, good.substr(1), good + " hello",
                                   std::string(), std::string(8, ' '), good + "\n" + good}) {
    EXPECT_FALSE(challenge.is_met(guest, wrong, now)) << wrong;
  }
}

TEST_F(ChallengeTest, IsNobodyElses) {
  const std::string good = code(guest, now);
  EXPECT_FALSE(challenge.is_met(source("198.51.100.8", 40000), good, now));
  EXPECT_FALSE(challenge.is_met(source("198.51.100.7", 40001), good, now));
  EXPECT_FALSE(Challenge(Challenge::Key{9}).is_met(guest, good, now)) << "a code of another server";
}

TEST_F(ChallengeTest, IsGoodForOneEpochMore) {
  const Instant start = Instant{} + 20 * Challenge::kEpoch;
  const std::string good = code(guest, start);
  EXPECT_TRUE(challenge.is_met(guest, good, start + 2 * Challenge::kEpoch - 1s));
  EXPECT_FALSE(challenge.is_met(guest, good, start + 2 * Challenge::kEpoch));
  EXPECT_FALSE(challenge.is_met(guest, good, start - 1s)) << "before its epoch";
}

TEST_F(ChallengeTest, AdmitsNoneOfAMillionGuesses) {
  std::mt19937_64 random(7);
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  int admitted = 0;
  for (int guess = 0; guess < 1'000'000; ++guess) {
    std::uint64_t bits = random();
    std::string text;
    for (std::size_t i = 0; i < Challenge::kCodeCharacters; ++i, bits >>= 5) {
      text += kAlphabet[bits & 31];
    }
    if (challenge.is_met(guest, text, now)) ++admitted;
  }
  EXPECT_EQ(admitted, 0);
}

}  // namespace
}  // namespace palabre::guard
