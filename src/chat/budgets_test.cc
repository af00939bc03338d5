#include "chat/budgets.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>

namespace palabre::chat {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const Instant kStart = Instant{} + hours(1000);

MemberKey key(std::uint32_t number) {
  MemberKey key;
  for (std::size_t i = 0; i < 4; ++i)
    key.bytes.at(i) = static_cast<std::uint8_t>(number >> (8 * i));
  return key;
}

Identity at(const std::string& ip, std::uint32_t number = 0, Reach reach = Reach::kPublic) {
  return {"", key(number), *Ip::parse(ip), reach, reach == Reach::kLoopback};
}

/// An address of the network `10.x.y.0/24`, of so many.
std::string address(std::uint32_t network, std::uint32_t host) {
  return "10." + std::to_string(network / 256) + "." + std::to_string(network % 256) + "." +
         std::to_string(host);
}

/// An address of one home, which is a /56.
std::string home(int subnet) {
  std::array<char, 3> hex{};
  std::snprintf(hex.data(), hex.size(), "%02x", static_cast<unsigned>(subnet));
  return "2001:db8:1:" + std::string(hex.data()) + "::1";
}

/// How many of the good it gets at once, each time with another key.
std::uint32_t bought(Budgets& budgets, Good good, const std::string& ip, Instant now,
                     Reach reach = Reach::kPublic) {
  static std::uint32_t keys = 0;
  std::uint32_t count = 0;
  while (count < 100'000 && !budgets.take(good, at(ip, ++keys, reach), now)) ++count;
  return count;
}

TEST(Budgets, LetAClassRegisterBehindOneAddressWithinAMinute) {
  Budgets budgets(usual_prices());
  EXPECT_GE(bought(budgets, Good::kKey, "192.0.2.1", kStart), 40U);
}

TEST(Budgets, SayHowLongAnAddressMustWait) {
  Budgets budgets(usual_prices());
  const std::uint32_t first = bought(budgets, Good::kKey, "192.0.2.1", kStart);
  const auto wait = budgets.take(Good::kKey, at("192.0.2.1", 7), kStart);
  ASSERT_TRUE(wait);
  EXPECT_LE(*wait, minutes(10));
  EXPECT_EQ(bought(budgets, Good::kKey, "192.0.2.1", kStart + *wait), 1U);
  EXPECT_EQ(bought(budgets, Good::kKey, "192.0.2.1", kStart + hours(24)), first);
}

TEST(Budgets, CountAHomeAsOneWhateverItsAddresses) {
  Budgets budgets(usual_prices());
  std::uint32_t count = 0;
  // All of its 256 networks of 64 bits; then a home beside it, with the same site.
  for (int i = 0; i < 256; ++i) {
    count += bought(budgets, Good::kKey, home(i), kStart);
  }
  EXPECT_EQ(count, 120U);
  EXPECT_EQ(bought(budgets, Good::kKey, "2001:db8:1:100::1", kStart), 60U);
}

TEST(Budgets, LeaveAPartToThoseWhoHaveTakenNothing) {
  Budgets budgets(usual_prices());
  std::uint32_t taken = 0;
  // Raiders who come again from addresses that have taken before.
  for (std::uint32_t network = 0; network < 100; ++network) {
    taken += bought(budgets, Good::kKey, address(network, 1), kStart);
  }
  EXPECT_LE(taken, 1600U) << "half of all, and the first of each address";
  EXPECT_FALSE(budgets.take(Good::kKey, at("192.0.2.1", 1), kStart)) << "somebody new";
}

TEST(Budgets, HoldOneMemberBackBeforeItsNeighbours) {
  Budgets budgets(usual_prices());
  std::uint32_t count = 0;
  while (!budgets.take(Good::kRoomKept, at("192.0.2.1", 1), kStart)) ++count;
  EXPECT_EQ(count, 10U);
  EXPECT_FALSE(budgets.take(Good::kRoomKept, at("192.0.2.1", 2), kStart));
}

TEST(Budgets, AreLargerOnALanAndNoneAreThereOnThisMachine) {
  Budgets budgets(usual_prices());
  EXPECT_EQ(bought(budgets, Good::kKey, "192.168.1.2", kStart, Reach::kLan), 600U);
  EXPECT_EQ(bought(budgets, Good::kKey, "127.0.0.1", kStart, Reach::kLoopback), 100'000U);
  Budgets none(usual_prices().times(0));
  EXPECT_EQ(bought(none, Good::kKey, "192.0.2.1", kStart), 100'000U);
}

TEST(Budgets, KnowWhatWasBoughtBeforeTheStart) {
  Budgets budgets(usual_prices());
  // Before the clock's epoch too: the machine has started a minute ago.
  const Instant now = Instant{} + minutes(1);
  for (std::uint32_t i = 0; i < 50; ++i) {
    budgets.charge(Good::kKey, at("192.0.2.1", i), now - hours(30) + seconds(i));
  }
  for (std::uint32_t i = 0; i < 50; ++i) {
    budgets.charge(Good::kKey, at("192.0.2.1", i), now - minutes(5) + seconds(i));
  }
  EXPECT_EQ(bought(budgets, Good::kKey, "192.0.2.1", now), 10U);
  EXPECT_EQ(bought(budgets, Good::kKey, "192.0.3.1", now), 60U);
}

TEST(Budgets, AreFullAfterADay) {
  for (const Price& price : usual_prices().of) {
    for (const Rate& rate :
         {price.member, price.networks[0], price.networks[1], price.networks[2], price.all}) {
      EXPECT_LE(seconds(static_cast<std::int64_t>(rate.burst / rate.per_second)),
                Budgets::kLongest);
    }
  }
}

}  // namespace
}  // namespace palabre::chat
