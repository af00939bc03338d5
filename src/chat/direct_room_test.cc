#include "chat/direct_room.h"

#include <gtest/gtest.h>

namespace palabre::chat {
namespace {

const MemberKey kAna{{0x01, 0xAB}};
const MemberKey kBob{{0xF0}};
const MemberKey kEve{{0x7F}};

TEST(DirectRoom, IsTheSameFromBothSides) {
  const RoomName room = direct_room(kAna, kBob);
  EXPECT_EQ(direct_room(kBob, kAna), room);
  EXPECT_NE(direct_room(kEve, kAna), room);
  EXPECT_EQ(other_in(room, kAna), kBob);
  EXPECT_EQ(other_in(room, kBob), kAna);
}

TEST(DirectRoom, IsNobodyElsesNorAnyOtherRoom) {
  const RoomName room = direct_room(kAna, kBob);
  EXPECT_FALSE(other_in(room, kEve));
  for (const std::string text : {"", "lobby", "@", "@,", "@bob", "lobby,@"}) {
    EXPECT_FALSE(other_in({text}, kAna)) << text;
  }
  EXPECT_FALSE(other_in({room.text + "0"}, kAna));
  EXPECT_FALSE(other_in({"@" + std::string(64, 'g') + room.text.substr(65)}, kAna));
}

}  // namespace
}  // namespace palabre::chat
