#include "chat/memory_history.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace palabre::chat {
namespace {

class MemoryHistoryTest : public testing::Test {
 protected:
  struct InLog {
    Number number;
    WallTime kept_at;
    bool repeated = false;
  };
  InLog post(const std::string& author, const std::string& id) {
    Draft draft;
    draft.room = room;
    draft.message = std::make_shared<const Message>(Message{Kind::kText, author, "hello"});
    draft.author = author;
    draft.id = MessageId{id};
    history.append(std::move(draft));
    const LogEvent event = history.take_events().at(0);
    if (const auto* again = std::get_if<Repeated>(&event)) {
      return {again->number, again->kept_at, true};
    }
    const auto& advanced = std::get<Advanced>(event);
    return {advanced.number, advanced.kept_at, false};
  }

  const RoomId room{1};
  WallTime wall;
  MemoryHistory history{[] { return 7U; }, [this] { return wall; }};
};

TEST_F(MemoryHistoryTest, KnowsAnIdAgainAndBurnsNoNumberForIt) {
  history.open(room, {"lobby"});
  EXPECT_EQ(post("ana", "a").number, Number{1});
  EXPECT_FALSE(post("bob", "a").repeated) << "somebody else's";
  const InLog again = post("ana", "a");
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(again.number, Number{1});
  EXPECT_EQ(post("ana", "b").number, Number{3});
}

TEST_F(MemoryHistoryTest, SaysWhenAMessageWasKeptFirst) {
  history.open(room, {"lobby"});
  wall = {1000};
  EXPECT_EQ(post("ana", "a").kept_at, WallTime{1000});
  wall = {2000};
  EXPECT_EQ(post("ana", "a").kept_at, WallTime{1000});
  EXPECT_EQ(post("ana", "b").kept_at, WallTime{2000});
}

TEST_F(MemoryHistoryTest, ForgetsTheOldestOfManyIds) {
  history.open(room, {"lobby"});
  for (int i = 0; i < 1025; ++i) post("ana", std::to_string(i));
  EXPECT_TRUE(post("ana", "1").repeated);
  EXPECT_FALSE(post("ana", "0").repeated);
}

TEST_F(MemoryHistoryTest, SaysWhatIsRemovedOfItsRoomsBeforeTheDecisionItself) {
  history.open(room, {"lobby"});
  const auto say = [&](const std::string& owner, std::optional<Removal> removes = {}) {
    Draft draft;
    draft.room = room;
    draft.owner = owner;
    draft.message = std::make_shared<const Message>();
    if (removes) draft.removes = std::make_shared<const Removal>(*std::move(removes));
    history.append(std::move(draft));
    return history.take_events();
  };
  const auto numbers = [](const LogEvent& event) { return std::get<Removed>(event).numbers; };
  for (const char* const owner : {"eve", "ada", "eve"}) say(owner);
  const auto one = say("op", Removal{Removal::One{{"lobby"}, {2}}});
  ASSERT_EQ(one.size(), 2U);
  EXPECT_EQ(numbers(one[0]), std::vector<Number>{{2}});
  const auto all = say("op", Removal{Removal::By{"eve", {}, {}}});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(numbers(all[0]), (std::vector<Number>{{1}, {3}}));
  EXPECT_EQ(say("op", Removal{Removal::One{{"ops"}, {1}}}).size(), 1U) << "no such room";
}

TEST_F(MemoryHistoryTest, ForgetsARoomThatCloses) {
  history.open(room, {"lobby"});
  post("ana", "a");
  history.close(room);
  history.open(room, {"lobby"});
  EXPECT_FALSE(post("ana", "a").repeated);
}

}  // namespace
}  // namespace palabre::chat
