#include "server/house.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "chat/memory_history.h"
#include "drivers/members_driver.h"
#include "drivers/open_gate.h"
#include "drivers/socket_driver.h"
#include "server/udp_port.h"
#include "wire/names.h"
#include "wire/record.h"

namespace palabre::server {
namespace {

using Lines = std::vector<std::string>;

/// A door defined only in this test. Its sessions receive everything at once.
class OwnDoor final : public Door {
 public:
  using Door::Door;
  chat::SessionId come(chat::Identity identity, chat::Caps caps = {}, std::string nick = {}) {
    const chat::SessionId session{++last_session_, index()};
    commands_.push_back(chat::Arrive{session, std::move(identity), caps, wire::parse_nick(nick)});
    return session;
  }
  void ask(chat::SessionId session, chat::Request request) {
    commands_.push_back(chat::Ask{session, {std::move(request)}});
  }
  std::optional<chat::Command> next_command(Instant /*now*/) override {
    if (commands_.empty()) return std::nullopt;
    const chat::Command next = std::move(commands_.front());
    commands_.pop_front();
    return next;
  }
  void carry_out(const chat::Effect& effect) override {
    if (const auto* tell = std::get_if<chat::Tell>(&effect)) told[tell->session] = tell->event;
    if (const auto* gone = std::get_if<chat::Gone>(&effect)) told.erase(gone->session);
    if (const auto* start = std::get_if<chat::StartReading>(&effect)) {
      readers_[start->room].insert(start->session);
    } else if (const auto* stop = std::get_if<chat::StopReading>(&effect)) {
      readers_[stop->room].erase(stop->session);
    } else if (const auto* said = std::get_if<chat::RoomAdvanced>(&effect)) {
      for (const chat::SessionId reader : readers_[said->room]) {
        if (reader != said->author_session) hear(reader, *said->message);
      }
    } else if (const auto* show = std::get_if<chat::ShowPast>(&effect)) {
      const auto after = std::get<chat::ReadPast::Page>(show->what.what).after;
      asked_.push_back(show->session);
      reads_.push_back({{asked_.size(), index()}, show->room, after, 1 << 20});
    }
  }
  std::vector<chat::Read> take_reads() override { return std::exchange(reads_, {}); }
  void take(const chat::Slice& slice) override {
    for (const auto& entry : slice.entries) {
      hear(asked_.at(slice.id.value - 1), *std::get<chat::PastMessage>(entry).message);
    }
  }
  void deliver(Instant /*now*/) override {}
  bool wants_to_write() const override { return false; }
  void on_writable(Instant /*now*/) override {}
  std::optional<Instant> next_deadline() const override { return std::nullopt; }
  void on_deadline(Instant /*now*/) override {}
  void close(Instant /*now*/) override {}

  std::map<chat::SessionId, Lines> heard;
  std::map<chat::SessionId, chat::Event> told;  ///< the last event of each session that is online

 private:
  void hear(chat::SessionId session, const chat::Message& message) {
    heard[session].push_back(message.author + "> " + message.text);
  }
  std::uint64_t last_session_ = 0;
  std::deque<chat::Command> commands_;
  std::map<chat::RoomId, std::set<chat::SessionId>> readers_;
  std::vector<chat::SessionId> asked_;  // index: `ReadId::value` - 1
  std::vector<chat::Read> reads_;
};

/// Keeps each draft at once, but reports the verdicts in groups, one for each `take_events`.
class SlowHistory final : public chat::History {
 public:
  chat::Cursor open(chat::RoomId, const chat::RoomName&) override { return {{1}, last_}; }
  void close(chat::RoomId) override {}
  void append(chat::Draft draft) override {
    ++last_.value;
    waiting_.push_back(chat::to_event(chat::Kept{std::move(draft), last_}));
  }
  std::vector<chat::LogEvent> take_events() override {
    if (groups.empty()) return {};
    std::vector<chat::LogEvent> group;
    for (std::size_t left = groups.front(); left > 0; --left) {
      group.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    groups.pop_front();
    return group;
  }
  void read(const chat::Read& /*read*/) override {}
  std::vector<chat::Slice> take_slices() override { return {}; }

  std::deque<std::size_t> groups;  ///< sizes of the next answers

 private:
  chat::Number last_;
  std::deque<chat::LogEvent> waiting_;
};

/// A house with the guests' door and a door of the test.
struct GuestHouse {
  explicit GuestHouse(chat::History& history) : house(hub, history, {&guests, &own}) {}

  /// A datagram from this port.
  void hear(std::uint16_t port, std::string bytes) {
    socket.put({link::path(port).peer, std::move(bytes)}, 2);
    udp.on_readable({});
  }
  /// Returns and removes the bytes sent to the port since the last call.
  std::string heard(std::uint16_t port) {
    std::string heard;
    std::erase_if(socket.sent, [&](const link::Datagram& datagram) {
      const bool is_its = datagram.peer.port() == port;
      if (is_its) heard += datagram.bytes;
      return is_its;
    });
    return heard;
  }

  chat::Hub hub{{}};
  guard::Gate gate{guard::open_to_all(), {}, {5000}};
  link::RecordingSocket socket;
  PlainDoor guests{{0}, gate, socket};
  OwnDoor own{{1}};
  House house;
  UdpPort udp{house, socket, {&guests}};
};

TEST(House, TakesADoorThatItDoesNotKnow) {
  PagedHistory history;
  GuestHouse world(history);
  world.house.open({});
  const chat::SessionId ada = world.own.come({"[own 1]", std::nullopt});
  const chat::SessionId bea = world.own.come({"[own 2]", std::nullopt});
  world.house.settle({});
  world.hear(40001, "hello\n");
  EXPECT_EQ(std::get<chat::Welcome>(world.own.told.at(ada)).room.text, "lobby");
  EXPECT_EQ(std::get<chat::Welcome>(world.own.told.at(bea)).others, 1U);
  EXPECT_EQ(world.own.heard[ada], Lines{"[10.0.0.1:40001]> hello"}) << "of a guest by text";
  world.heard(40001);

  world.own.ask(ada, chat::Post{.text = "and to you"});
  world.own.ask(bea, chat::Who{});
  world.house.settle({});
  EXPECT_EQ(world.heard(40001), "[own 1]> and to you\n") << "and a guest by text of it";
  EXPECT_EQ(world.own.heard[bea].back(), "[own 1]> and to you");
  EXPECT_EQ(world.own.heard[ada].size(), 1U) << "it has no copy of its own";
  EXPECT_EQ(std::get<chat::Present>(world.own.told.at(bea)).here, 3U);

  world.own.heard.clear();
  world.own.ask(bea, chat::ReadPast{.what = chat::ReadPast::Page{{0}, 10}});
  world.house.settle({});
  EXPECT_EQ(world.own.heard[bea], (Lines{"[10.0.0.1:40001]> hello", "[own 1]> and to you"}));
  EXPECT_TRUE(world.own.heard[ada].empty());

  world.own.ask(ada, chat::Quit{});
  world.house.settle({});
  EXPECT_FALSE(world.own.told.contains(ada));
  EXPECT_EQ(world.hub.online(), 2U);
}

TEST(House, TakesNoDoorThatIsNotInItsPlace) {
  chat::Hub hub{{}};
  chat::MemoryHistory history([] { return 7U; });
  OwnDoor first{{0}};
  OwnDoor second{{1}};
  EXPECT_NO_THROW(House(hub, history, {&first, &second}));
  EXPECT_THROW(House(hub, history, {&second, &first}), std::logic_error);
  EXPECT_THROW(House(hub, history, {&second}), std::logic_error);
  EXPECT_THROW(House(hub, history, {&first, &first}), std::logic_error);
}

TEST(House, HandsASliceToTheDoorThatHasAskedForIt) {
  chat::Hub hub{{}};
  PagedHistory history;
  OwnDoor first{{0}};
  OwnDoor second{{1}};
  House house(hub, history, {&first, &second});
  house.open({});
  const chat::SessionId ada = first.come({"ada", std::nullopt});
  const chat::SessionId bea = second.come({"bea", std::nullopt});
  for (const std::string text : {"one", "two", "three"}) first.ask(ada, chat::Post{.text = text});
  house.settle({});
  second.heard.clear();
  const auto read_on = [&](OwnDoor& door, chat::SessionId session, std::uint64_t after) {
    door.ask(session, chat::ReadPast{.what = chat::ReadPast::Page{{after}, 10}});
    house.settle({});
  };
  history.holds_slices = true;
  read_on(second, bea, 0);
  read_on(first, ada, 2);
  read_on(second, bea, 1);
  EXPECT_TRUE(first.heard[ada].empty());
  history.holds_slices = false;
  house.on_history({});
  EXPECT_EQ(first.heard[ada], Lines{"ada> three"});
  EXPECT_EQ(second.heard[bea],
            (Lines{"ada> one", "ada> two", "ada> three", "ada> two", "ada> three"}));
}

TEST(House, WelcomesAGuestWhoQuitsAndWritesAgainInOneBatch) {
  chat::MemoryHistory history([] { return 7U; });
  GuestHouse world(history);
  world.house.open({});
  world.hear(40001, "hello\n");
  world.hear(40002, "hello\n");
  world.heard(40001), world.heard(40002);
  const Address at = link::path(40001).peer;
  world.socket.put({at, "/quit\n"}, 2);
  world.socket.put({at, "here again\n"}, 2);
  world.udp.on_readable({});
  EXPECT_EQ(world.heard(40001),
            "-- Goodbye. Write anything to come back.\n-- Welcome to lobby: 1 other is here, "
            "nothing is kept. /help lists the "
            "commands.\n");
  EXPECT_EQ(world.heard(40002), "[10.0.0.1:40001]> here again\n");
  EXPECT_EQ(world.hub.online(), 2U);
}

TEST(House, DeliversInTheOrderOfNumbersWhateverIsKeptMeanwhile) {
  SlowHistory history;
  GuestHouse world(history);
  world.house.open({});
  world.hear(40001, "/ack on\n");
  for (const std::string text : {"one", "two", "three", "four"}) world.hear(40002, text + "\n");
  world.socket.sent.clear();
  // The second group is reported while the first is being handled.
  history.groups = {2, 2};
  world.house.on_history({});
  const std::string author = " [10.0.0.1:40002]> ";
  EXPECT_EQ(world.socket.sent.size(), 1U) << "in one datagram";
  EXPECT_EQ(world.heard(40001), "#1" + author + "one\n#2" + author + "two\n#3" + author +
                                    "three\n#4" + author + "four\n");
}

/// A registry from before the start.
struct Registered {
  explicit Registered(const std::vector<std::string>& records) {
    constexpr chat::RoomId kBefore{1};
    history.open(kBefore, {std::string(chat::kRegistryRoom)});
    for (const std::string& record : records) {
      const chat::Message message{chat::Kind::kText, "", record};
      history.append({kBefore, {}, std::make_shared<const chat::Message>(message), "", {}});
    }
    history.take_events();
    history.close(kBefore);
    history.holds_slices = true;
  }
  static std::string bound(std::uint8_t member, const std::string& nick) {
    return wire::to_line(chat::NickBound{chat::MemberKey{{member}}, *wire::parse_nick(nick)});
  }

  PagedHistory history;
};

/// A house that has begun to read that registry.
struct Restarted : Registered, GuestHouse {
  explicit Restarted(const std::vector<std::string>& records, std::size_t unreadable = 0)
      : Registered(records), GuestHouse(history) {
    house.open({}, unreadable);
  }
  void read_registry() {
    history.holds_slices = false;
    house.on_history({});
  }
  /// The answer to a guest.
  std::string answer_to(const std::string& bytes) {
    hear(40001, bytes);
    return heard(40001);
  }
  /// Whether a key without a nickname comes online with this one.
  bool logs_in(const std::string& nick) {
    const auto session = own.come({"", chat::MemberKey{{9}}}, FramesDoor::kCaps, nick);
    house.settle({});
    const auto online = hub.list({});
    return std::any_of(online.begin(), online.end(),
                       [&](const auto& one) { return one.session == session; });
  }
};

TEST(House, GivesNoGuestANicknameBeforeItKnowsWhoseTheyAre) {
  Restarted world({Restarted::bound(1, "ana")});
  EXPECT_TRUE(world.answer_to("/nick ana\n")
                  .ends_with("-- Not done: the server is starting and has not read its list of "
                             "members yet. Try again in a moment.\n"));
  world.read_registry();
  EXPECT_EQ(world.answer_to("/nick ana\n"),
            "-- ana is taken, or looks like one that is. Choose another: /nick NAME\n");
  EXPECT_EQ(world.answer_to("/nick gus\n"), "-- You are gus* now.\n");
}

TEST(House, KeepsARoomFrozenThatTheRegistryHasNotBeenReadFor) {
  Restarted world({wire::to_line(chat::RoomFact{{"lobby"}, chat::Frozen{true}})});
  EXPECT_TRUE(world.answer_to("hello\n").ends_with(
      "-- Not done: the server is starting and has not read its list of members yet. Try again in "
      "a moment.\n"));
  world.read_registry();
  EXPECT_EQ(world.answer_to("hello\n"),
            "-- Not sent: this room is for reading only at the moment.\n");
}

TEST(House, BindsNoNicknameWhereTheRegistryIsDamaged) {
  Restarted world({Restarted::bound(1, "ana"), "what it was is lost", Restarted::bound(2, "bob")});
  world.read_registry();
  EXPECT_EQ(world.house.registry_log().unreadable(), 1U);
  EXPECT_EQ(world.house.registry_log().first_unreadable(), chat::Number{2});
  EXPECT_FALSE(world.house.registry_log().is_trusted());
  const std::size_t appended = world.history.appended;
  EXPECT_FALSE(world.logs_in("eve"));
  EXPECT_FALSE(world.logs_in("eve")) << "nor once more";
  EXPECT_EQ(world.history.appended, appended);
}

TEST(House, GoesOnWithoutRecordsThatAnOperatorHasGivenUp) {
  Restarted world({Restarted::bound(1, "ana"), "what it was is lost"}, 1);
  world.read_registry();
  EXPECT_TRUE(world.house.registry_log().is_trusted());
  EXPECT_TRUE(world.logs_in("eve"));
}

}  // namespace
}  // namespace palabre::server
