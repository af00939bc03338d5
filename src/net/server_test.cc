#include "net/server.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "net/socket_test_driver.h"

namespace palabre::net {
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

class Inbox final : public DatagramSocket {
 public:
  std::span<const Inbound> receive() override {
    const bool is_next = std::exchange(is_next_, false);
    return {&inbound_, is_next ? std::size_t{1} : std::size_t{0}};
  }
  std::size_t send(std::span<const Outbound> datagrams) override { return outbox.send(datagrams); }

  void put(std::uint16_t port, std::string bytes) {
    bytes_ = std::move(bytes);
    inbound_ = {path(port), 2, bytes_};
    is_next_ = true;
  }

  NarrowSocket outbox;

 private:
  std::string bytes_;
  Inbound inbound_;
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
            Datagrams{"#1" + author + "one\n#2" + author + "two\n#3" + author + "three\n#4" +
                      author + "four\n"});
}

}  // namespace
}  // namespace palabre::net
