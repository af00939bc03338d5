#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "drivers/model_server_driver.h"

// Messages that are removed while a session reads, resumes or posts.

namespace palabre::client {
namespace {

const std::uint64_t kRoom = ModelServer::id_of("lobby");

proto::Event message(std::uint64_t number, const std::string& text) {
  proto::Event event;
  event.mutable_message()->set_room_id(kRoom);
  event.mutable_message()->set_number(number);
  event.mutable_message()->set_author("kofi");
  event.mutable_message()->set_text(text);
  event.mutable_message()->set_author_id("00000000000000a1");
  return event;
}

proto::Event tombstone(std::uint64_t number) {
  proto::Event event = message(number, "(removed)");
  event.mutable_message()->set_author("");
  event.mutable_message()->set_kind(proto::REMOVED);
  return event;
}

proto::Event removed(std::uint64_t from, std::uint64_t to, bool reread = false) {
  proto::Event event;
  event.mutable_removed()->set_room_id(kRoom);
  event.mutable_removed()->add_removed()->set_from(from);
  event.mutable_removed()->mutable_removed(0)->set_to(to);
  event.mutable_removed()->set_reread(reread);
  return event;
}

proto::Event acknowledged(std::uint64_t number, const std::string& id) {
  proto::Event event;
  event.mutable_acknowledged()->set_room_id(kRoom);
  event.mutable_acknowledged()->set_number(number);
  event.mutable_acknowledged()->set_id(id);
  event.mutable_acknowledged()->set_kept(true);
  return event;
}

/// `12 text`, `12 removed`.
std::string in_short(const Line& line) {
  const bool is_removed = line.message.kind == chat::Kind::kRemoved;
  return std::to_string(line.number.value) + " " + (is_removed ? "removed" : line.message.text);
}

std::vector<std::string> lines(InLobby& world) {
  std::vector<std::string> all;
  for (const Shown& shown : world.all<Shown>()) all.push_back(in_short(shown.line));
  return all;
}

using Lines = std::vector<std::string>;

/// The session is back on another link, where it has posted `mine` again: number 2, of which it is
/// not told yet. Message 1, `secret`, has come, and is held back until then.
void hold_back_a_line(InLobby& world) {
  world.say("mine");
  world.sent();
  world.cut();
  world.server.say("lobby", "kofi", "secret");
  world.open();
  for (int i = 0; i < 2; ++i) {
    world.to_server();
    world.to_session();
  }
  world.to_server();  // the join, and the post again; its answer waits for its place
  world.link().say();
  world.link().carry_to_client(ModelLink::kAll, world.now);
  world.give(message(1, "secret"));
}

TEST(SessionRemoved, TellsOfMessagesThatWereShownAndCountsTombstonesAsNumbers) {
  InLobby world;
  world.give(message(1, "one"));
  world.give(removed(1, 1));
  world.give(tombstone(2));
  world.give(message(3, "three"));
  EXPECT_EQ(lines(world), (Lines{"1 one", "2 removed", "3 three"}));
  const auto told = world.all<Removed>();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].room, kLobby);
  EXPECT_TRUE(told[0].numbers.contains({1}) && told[0].numbers.is_exact());
  EXPECT_TRUE(world.all<Missed>().empty());
  EXPECT_EQ(world.session.cursors().at(0).second.number.value, 3U);
}

TEST(SessionRemoved, ShowsNoTextThatIsRemovedWhileItIsHeldBack) {
  InLobby world;
  hold_back_a_line(world);
  EXPECT_EQ(lines(world), Lines{}) << "held back until the post is answered";
  world.give(removed(1, 1));
  world.peer().cursors["lobby"] = 1;
  world.settle();
  EXPECT_EQ(lines(world), Lines{"1 removed"});
  const auto kept = world.all<Kept>();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(in_short(kept[0].line), "2 mine");
}

TEST(SessionRemoved, TakesAnOwnTextBackThatWasAnsweredOnAnEarlierLink) {
  InLobby world;
  world.say("mine");
  world.to_server();
  const auto& commands = world.peer().commands;
  const std::string id = commands.back().post().id();
  ASSERT_FALSE(id.empty());
  world.peer().due.clear();
  world.server.rooms["lobby"].entries.clear();
  proto::Event early = acknowledged(2, id);
  early.mutable_acknowledged()->set_repeated(true);
  world.give(early);  // number 1 has not come yet
  world.give(message(1, "one"));
  EXPECT_EQ(lines(world), Lines{"1 one"});
  EXPECT_EQ(in_short(world.all<Kept>().at(0).line), "2 mine");
  world.give(tombstone(2));
  EXPECT_EQ(lines(world), Lines{}) << "no number comes twice";
  const auto told = world.all<Removed>();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_TRUE(told[0].numbers.contains({2}));
}

TEST(SessionRemoved, KnowsItsOwnPostsByTheIdOfItsKey) {
  InLobby world;
  world.give(message(1, "one"));
  EXPECT_EQ(world.all<Shown>().at(0).line.message.author_id.value, 0xA1U);
  world.server.rooms["lobby"].entries.push_back({"kofi", "one"});
  world.peer().cursors["lobby"] = 1;
  world.say("mine");
  world.settle();
  const auto kept = world.all<Kept>();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].line.message.author_id, world.session.author_id());
  EXPECT_NE(kept[0].line.message.author_id, chat::AuthorId{});
}

TEST(SessionRemoved, ReadsAgainOnAnotherLinkWhereWhatIsHeldBackMayBeRemoved) {
  InLobby world;
  hold_back_a_line(world);
  world.give(removed(1, 9, true));
  EXPECT_FALSE(world.session.has_link());
  world.take();
  world.server.rooms["lobby"].entries[0].text = "(the tombstone)";
  world.open();
  world.settle();
  EXPECT_EQ(lines(world), Lines{"1 (the tombstone)"});
}

TEST(SessionRemoved, IgnoresRangesThatMakeNoSense) {
  InLobby world;
  world.give(removed(0, 3));
  world.give(removed(5, 2));
  world.give(removed(1, ~std::uint64_t{0}));
  EXPECT_TRUE(world.all<Removed>().empty());
  EXPECT_TRUE(world.session.is_online());
}

}  // namespace
}  // namespace palabre::client
