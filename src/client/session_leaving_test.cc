#include "client/session.h"

#include <gtest/gtest.h>

#include <string>

#include "drivers/model_server_driver.h"

namespace palabre::client {
namespace {

/// In the lobby, and in a second room with a post in flight.
struct InTwoRooms : InLobby {
  InTwoRooms() {
    session.join(kOps, {}, now);
    settle();
    outcomes.clear();
    EXPECT_TRUE(session.post(kOps, chat::Kind::kText, "bye", now));
  }
  /// The ID of the post that was sent last.
  std::string last_id() {
    wire::FrameReader frames;
    frames.add(sent());
    std::string id;
    while (const auto frame = frames.next()) {
      proto::Command command;
      EXPECT_TRUE(command.ParseFromArray(frame->data(), static_cast<int>(frame->size())));
      if (command.has_post()) id = command.post().id();
    }
    return id;
  }
  const chat::RoomName kOps{"ops"};
};

TEST(Session, GoesOnWhereTheRoomOfALostPostWasLeft) {
  InTwoRooms world;
  world.session.leave(world.kOps, world.now);
  EXPECT_TRUE(world.all<PostRefused>().empty()) << "it may still be answered";
  world.cut();
  const auto refused = world.all<PostRefused>();
  ASSERT_EQ(refused.size(), 1);
  EXPECT_EQ(refused[0].text, "bye");
  EXPECT_TRUE(refused[0].may_be_kept);
  EXPECT_NE(refused[0].words.find("may have been kept"), std::string::npos);
  world.say("after it");
  world.open();
  world.settle();
  EXPECT_EQ(world.all<Kept>().size(), 1);
  EXPECT_EQ(world.session.waiting(), 0);
}

TEST(Session, GoesOnWhereItLeavesTheRoomOfALostPostDuringTheOutage) {
  InTwoRooms world;
  world.cut();
  world.session.leave(world.kOps, world.now);
  EXPECT_TRUE(world.all<PostRefused>().at(0).may_be_kept);
  world.say("after it");
  world.open();
  world.settle();
  EXPECT_EQ(world.all<Kept>().size(), 1);
}

TEST(Session, GoesOnWhereTheServerTakesItOutOfTheRoomOfAPost) {
  InTwoRooms world;
  proto::Event event;
  event.mutable_left()->set_room_id(ModelServer::id_of("ops"));
  world.give(event);
  world.cut();
  EXPECT_EQ(world.all<PostRefused>().size(), 1);
}

TEST(Session, GoesOnWhereTheRoomOfAPostThatWasPutOffWasLeft) {
  InTwoRooms world;
  world.server.refuse_next = 1;
  world.say("after it");
  world.to_server();
  world.to_session();
  world.session.leave(world.kOps, world.now);
  EXPECT_TRUE(world.all<PostRefused>().empty()) << "the server takes nothing else before it";
  world.now += Outbox::kFirstPause;
  world.session.on_deadline(world.now);
  world.settle();
  const auto refused = world.all<PostRefused>();
  ASSERT_EQ(refused.size(), 1);
  EXPECT_FALSE(refused[0].may_be_kept);
  EXPECT_EQ(world.all<Kept>().size(), 1);
}

TEST(Session, TellsThatAPostIsKeptWhereItsRoomIsLeftBeforeItsPlaceHasCome) {
  InTwoRooms world;
  world.server.say("ops", "kofi", "under way");
  world.cut();
  world.open();
  world.to_session();
  world.to_server();
  world.to_session();
  proto::Event event;
  event.mutable_joined()->set_room_id(ModelServer::id_of("ops"));
  event.mutable_joined()->set_room("ops");
  event.mutable_joined()->set_log(1);
  event.mutable_joined()->set_end(1);
  world.give(event);
  event.mutable_acknowledged()->set_room_id(ModelServer::id_of("ops"));
  event.mutable_acknowledged()->set_id(world.last_id());
  event.mutable_acknowledged()->set_number(2);
  event.mutable_acknowledged()->set_repeated(true);
  world.give(event);
  EXPECT_TRUE(world.all<Kept>().empty()) << "#1 comes before it";
  world.session.leave(world.kOps, world.now);
  EXPECT_EQ(world.all<Kept>().size(), 1);
}

TEST(Session, SaysThatAPostMayHaveBeenKeptAlsoWhereItWasPutOffSince) {
  InTwoRooms world;
  world.to_server();  // kept, and the answer is lost
  world.cut();
  world.open();
  world.to_server();
  world.to_session();  // challenge, login
  while (world.last_id().empty()) {
    ASSERT_TRUE(world.to_server() || world.to_session());
  }
  const std::string id = world.last_id();
  world.sent().clear();
  proto::Event event;
  event.mutable_refused()->set_why(proto::Refused::CANNOT_KEEP);
  event.mutable_refused()->set_id(id);
  world.give(event);  // held up behind another post: the server has not looked for it
  world.session.leave(world.kOps, world.now);
  event.mutable_refused()->set_why(proto::Refused::NOT_JOINED);
  world.give(event);
  const auto refused = world.all<PostRefused>();
  ASSERT_EQ(refused.size(), 1);
  EXPECT_TRUE(refused[0].may_be_kept);
}

TEST(Session, OwesNoAnswerAfterARoomIsLeft) {
  InTwoRooms world;
  world.settle();
  world.session.leave(world.kOps, world.now);
  world.settle();
  world.now += 2 * Session::kQuiet;
  world.session.on_deadline(world.now);  // a ping: its answer does not announce more
  world.settle();
  EXPECT_EQ(world.session.next_deadline(), world.now + Session::kQuiet);
}

TEST(Session, IsStillInARoomThatItLeftAndJoinedAgainAtOnce) {
  InLobby world;
  const chat::RoomName ops{"ops"};
  world.session.join(ops, {}, world.now);
  world.session.leave(ops, world.now);
  world.session.join(ops, {}, world.now);
  world.settle();
  EXPECT_TRUE(world.session.post(ops, chat::Kind::kText, "x", world.now));
  world.settle();
  EXPECT_EQ(world.all<Kept>().size(), 1);
}

}  // namespace
}  // namespace palabre::client
