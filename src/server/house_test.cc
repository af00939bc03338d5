#include "server/house.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "drivers/members_driver.h"
#include "drivers/socket_driver.h"
#include "wire/names.h"
#include "wire/record.h"

namespace palabre::server {
namespace {

/// Keeps what it is given at once, and says so one group at a time: to the next who asks.
class SlowHistory final : public chat::History {
 public:
  chat::Cursor open(chat::RoomId, const chat::RoomName&) override { return {{1}, last_}; }
  void close(chat::RoomId) override {}
  void append(chat::Draft draft) override {
    ++last_.value;
    waiting_.emplace_back(chat::Kept{std::move(draft), last_});
  }
  std::vector<chat::Verdict> take_verdicts() override {
    if (groups.empty()) return {};
    std::vector<chat::Verdict> group;
    for (std::size_t left = groups.front(); left > 0; --left) {
      group.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    groups.pop_front();
    return group;
  }
  void read(chat::RoomId, chat::Number, std::size_t) override {}
  std::vector<chat::Slice> take_slices() override { return {}; }

  std::deque<std::size_t> groups;  ///< how many the next answers have

 private:
  chat::Number last_;
  std::deque<chat::Verdict> waiting_;
};

class Inbox final : public link::DatagramSocket {
 public:
  std::span<const link::Inbound> receive() override {
    const bool is_next = std::exchange(is_next_, false);
    return {&inbound_, is_next ? std::size_t{1} : std::size_t{0}};
  }
  std::size_t send(std::span<const link::Outbound> datagrams) override {
    return outbox.send(datagrams);
  }

  void put(std::uint16_t port, std::string bytes) {
    bytes_ = std::move(bytes);
    inbound_ = {link::path(port), 2, bytes_};
    is_next_ = true;
  }

  link::NarrowSocket outbox;

 private:
  std::string bytes_;
  link::Inbound inbound_;
  bool is_next_ = false;
};

guard::Policy open_to_all() {
  guard::Policy policy;
  policy.trusted = {*guard::Network::parse("0.0.0.0/0")};
  policy.exempt = policy.trusted;
  return policy;
}

TEST(Server, DeliversInTheOrderOfNumbersWhateverIsKeptMeanwhile) {
  chat::Hub hub({});
  SlowHistory history;
  guard::Gate gate(open_to_all(), {}, {5000});
  Inbox socket;
  Server server(hub, history, gate, socket);
  const auto hear = [&](std::uint16_t port, const std::string& bytes) {
    socket.put(port, bytes);
    server.on_readable({});
  };
  hear(40001, "/ack on\n");
  for (const std::string text : {"one", "two", "three", "four"}) hear(40002, text + "\n");
  socket.outbox.received.clear();
  // The second group is kept while the first is being told.
  history.groups = {2, 2};
  server.on_history({});
  const std::string author = " [10.0.0.1:40002]> ";
  EXPECT_EQ(socket.outbox.received[40001],
            link::Datagrams{"#1" + author + "one\n#2" + author + "two\n#3" + author + "three\n#4" +
                            author + "four\n"});
}

/// A registry of before, and a server that has begun to read it.
struct Restarted {
  explicit Restarted(const std::vector<std::string>& records) {
    constexpr chat::RoomId kBefore{1};
    history.open(kBefore, {std::string(chat::kRegistryRoom)});
    for (const std::string& record : records) {
      const chat::Message message{chat::Kind::kText, "", record};
      history.append({kBefore, {}, std::make_shared<const chat::Message>(message), "", {}});
    }
    history.take_verdicts();
    history.close(kBefore);
    history.holds_slices = true;
  }
  void start(std::size_t unreadable = 0) { server.admit_members(members, links, {}, unreadable); }
  void read_registry() {
    history.holds_slices = false;
    server.on_history({});
  }
  /// What a guest is answered.
  std::string hear(const std::string& bytes) {
    socket.outbox.received.clear();
    socket.put(40001, bytes);
    server.on_readable({});
    std::string all;
    for (const std::string& datagram : socket.outbox.received[40001]) all += datagram;
    return all;
  }
  static std::string bound(std::uint8_t member, const std::string& nick) {
    return wire::to_line(chat::NickBound{chat::MemberKey{{member}}, *wire::parse_nick(nick)});
  }
  /// Whether a key that has no nickname yet is given one.
  bool logs_in(const std::string& nick) {
    const chat::SessionId session{MemberTransport::kFirstSession + 100};
    server.handle(chat::Login{session, "", chat::MemberKey{{9}}, wire::parse_nick(nick)}, {});
    const auto online = hub.list({});
    return std::any_of(online.begin(), online.end(),
                       [&](const auto& one) { return one.session == session; });
  }

  chat::Hub hub{{}};
  PagedHistory history;
  guard::Gate gate{open_to_all(), {}, {5000}};
  Inbox socket;
  NoCarrier links;
  MemberTransport members{{}};
  Server server{hub, history, gate, socket};
};

TEST(Server, GivesNoGuestANicknameBeforeItKnowsWhoseTheyAre) {
  Restarted world({Restarted::bound(1, "ana")});
  world.start();
  EXPECT_TRUE(
      world.hear("/nick ana\n")
          .ends_with(
              "-- The server is starting, and gives no nicknames yet. Try again in a moment.\n"));
  world.read_registry();
  EXPECT_EQ(world.hear("/nick ana\n"),
            "-- ana is taken, or looks like one that is. Choose another: /nick NAME\n");
  EXPECT_EQ(world.hear("/nick gus\n"), "-- You are gus* now.\n");
}

TEST(Server, BindsNoNicknameWhereTheRegistryIsDamaged) {
  Restarted world({Restarted::bound(1, "ana"), "what it was is lost", Restarted::bound(2, "bob")});
  world.start();
  world.read_registry();
  EXPECT_EQ(world.server.registrar().unreadable(), 1U);
  EXPECT_EQ(world.server.registrar().first_unreadable(), chat::Number{2});
  EXPECT_FALSE(world.server.registrar().is_trusted());
  const std::size_t appended = world.history.appended;
  EXPECT_FALSE(world.logs_in("eve"));
  EXPECT_FALSE(world.logs_in("eve")) << "nor once more";
  EXPECT_EQ(world.history.appended, appended);
}

TEST(Server, GoesOnWithoutRecordsThatAnOperatorHasGivenUp) {
  Restarted world({Restarted::bound(1, "ana"), "what it was is lost"});
  world.start(1);
  world.read_registry();
  EXPECT_TRUE(world.server.registrar().is_trusted());
  EXPECT_TRUE(world.logs_in("eve"));
}

}  // namespace
}  // namespace palabre::server
