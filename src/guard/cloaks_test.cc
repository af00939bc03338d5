#include "guard/cloaks.h"

#include <gtest/gtest.h>

#include <set>

#include "base/network.h"

namespace palabre::guard {
namespace {

Ip ip(const char* text) { return Network::parse(text)->ip; }

TEST(Cloaks, AreTheSameAtEachVisitAndForEachKeyOthers) {
  Cloaks cloaks({1});
  const std::string name = cloaks.take(ip("203.0.113.9"), 40'000);
  EXPECT_EQ(name.size(), Cloaks::kPrefix.size() + Cloaks::kFewestCharacters + 1) << name;
  EXPECT_TRUE(name.starts_with("guest-") && name.ends_with('*')) << name;
  cloaks.give_back(name);
  EXPECT_EQ(cloaks.take(ip("203.0.113.9"), 40'000), name);
  EXPECT_EQ(Cloaks({1}).take(ip("203.0.113.9"), 40'000), name) << "after a restart";
  EXPECT_NE(Cloaks({2}).take(ip("203.0.113.9"), 40'000), name);
  EXPECT_NE(cloaks.take(ip("203.0.113.9"), 40'001), name) << "the port counts too";
}

TEST(Cloaks, AreLongerWhereAnotherGuestHasTheShortOne) {
  Cloaks cloaks({1});
  const std::string first = cloaks.take(ip("203.0.113.9"), 40'000);
  const std::string second = cloaks.take(ip("203.0.113.9"), 40'000);
  EXPECT_EQ(second.size(), first.size() + 1);
  EXPECT_TRUE(second.starts_with(first.substr(0, first.size() - 1)));
  EXPECT_EQ(cloaks.taken(), 2U);
}

TEST(Cloaks, AreUniqueAmongMoreGuestsThanAServerTakes) {
  Cloaks cloaks({1});
  std::set<std::string> names;
  for (std::uint32_t i = 0; i < 16'384; ++i) {
    Ip address = ip("203.0.113.0");
    address.bytes[15] = static_cast<std::uint8_t>(i);
    names.insert(cloaks.take(address, static_cast<std::uint16_t>(1024 + i / 256)));
  }
  EXPECT_EQ(names.size(), 16'384U);
}

}  // namespace
}  // namespace palabre::guard
