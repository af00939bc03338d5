#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "chat/access.h"
#include "chat/hub.h"
#include "drivers/hub_driver.h"
#include "wire/names.h"

namespace palabre::chat {
namespace {

const std::string kForged = "\u043E\u0440s";  // the first two are Cyrillic

Access access(std::set<RoomName> by_invitation = {}, std::vector<RoomName> kept = {}) {
  return {.by_invitation = std::move(by_invitation),
          .look_of = [](const RoomName& name) { return wire::look_of(name); },
          .kept_rooms = std::move(kept)};
}

bool is_refused(HubTestDriver& world, const std::string& room) {
  world.join(1, wire::parse_room_name(room)->text);
  return world.refused<LooksLikeRoom>(1);
}

TEST(ARoomThatLooksLikeAnother, IsNotOpenedBesideOneByInvitation) {
  HubTestDriver world({}, {}, access({{"ops"}}));
  world.arrive(1);
  for (const auto* room : {"\u043E\u0440s", "0ps", "op\u0455", "\u03BFps"}) {
    EXPECT_TRUE(is_refused(world, room)) << room;
  }
  world.log_in(2, 1, "ana");
  world.enter(2, RoomName{kForged});
  EXPECT_TRUE(world.refused<LooksLikeRoom>(2)) << "members neither";
  world.join(1, "ops");
  EXPECT_TRUE(world.refused<NotInvited>(1)) << "itself it is what it was";
  EXPECT_EQ(world.hub.rooms(), 1U);
}

TEST(ARoomThatLooksLikeAnother, IsNotOpenedBesideTheLobby) {
  HubTestDriver world({}, {}, access());
  world.arrive(1);
  for (const auto* room : {"l\u043Ebby", "1obby", "l0bby", "lobb\u0443"}) {
    EXPECT_TRUE(is_refused(world, room)) << room;
  }
}

TEST(ARoomThatLooksLikeAnother, IsNotOpenedBesideOneThatIsKept) {
  HubTestDriver world({}, {}, access({}, {{"ops"}, {".registry"}, {"@00,11"}}));
  world.arrive(1);
  EXPECT_TRUE(is_refused(world, kForged));
  EXPECT_FALSE(is_refused(world, "ops"));
}

TEST(ARoomThatLooksLikeAnother, IsNotOpenedBesideOneThatIsOpenOrHasBeenSpokenIn) {
  HubTestDriver world({}, {}, access());
  world.arrive(1);
  world.arrive(2);
  world.join(2, "ops");
  EXPECT_TRUE(is_refused(world, kForged));
  world.join(2, "lobby");
  EXPECT_FALSE(is_refused(world, kForged)) << "nothing is left of the other";
  const auto* there = std::get_if<Joined>(&world.events[1].back());
  ASSERT_NE(there, nullptr);
  const auto message = std::make_shared<const Message>(Message{Kind::kText, "ana", "hi"});
  world.handle(Advanced{there->room, {1}, message, {}, true});
  world.join(1, "lobby");
  EXPECT_TRUE(is_refused(world, "ops")) << "a message of it is kept";
  EXPECT_FALSE(is_refused(world, kForged));
}

TEST(ARoomThatLooksLikeAnother, GoesOnWhereBothWereThere) {
  HubTestDriver world({}, {}, access({}, {{"ops"}, {kForged}}));
  world.arrive(1);
  EXPECT_FALSE(is_refused(world, kForged));
  EXPECT_FALSE(is_refused(world, "ops"));
  EXPECT_TRUE(is_refused(world, "0ps"));
}

TEST(ARoomThatLooksLikeAnother, IsNoneThatPeopleTellApart) {
  HubTestDriver world({}, {}, access({}, {{"mail"}, {"ops"}, {"caf\u00E9"}, {"build-1"}}));
  world.arrive(1);
  for (const auto* room : {"mall", "op", "opps", "cafe", "build-2", "ops2"}) {
    EXPECT_FALSE(is_refused(world, room)) << room;
  }
}

}  // namespace
}  // namespace palabre::chat
