#include "chat/decisions.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace palabre::chat {
namespace {

MemberKey key_of(std::size_t member) {
  MemberKey key{};
  key.bytes[0] = static_cast<std::uint8_t>(member);
  key.bytes[1] = static_cast<std::uint8_t>(member >> 8);
  return key;
}

TEST(Decisions, LeavePlaceForTheServersOperators) {
  Decisions decisions;
  std::uint64_t number = 0;
  std::size_t whom = 0;
  const auto decide = [&](const MemberKey& by) {
    decisions.apply({++number}, {Mute{key_of(whom++), RoomName{"den"}}, by, {}, {}}, {});
  };
  const MemberKey founder = key_of(60'000);
  while (decisions.has_place_for(founder)) decide(founder);
  EXPECT_EQ(decisions.in_force().size(), Decisions::kMostOfMember);
  for (std::size_t other = 60'001; decisions.has_place_for(key_of(other)); ++other) {
    while (decisions.has_place_for(key_of(other))) decide(key_of(other));
  }
  EXPECT_EQ(decisions.in_force().size(), Decisions::kMostOfRooms);
  EXPECT_TRUE(decisions.has_place());
}

}  // namespace
}  // namespace palabre::chat
