#include "app/tools/impairment_relay.h"

#include <gtest/gtest.h>
#include <sys/uio.h>
#include <sysexits.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace palabre::app {
namespace {

using namespace std::chrono_literals;

constexpr int kMostTries = 2000;  // of a millisecond each

Address loopback(std::uint16_t port = 0) { return *Address::parse("127.0.0.1", port); }

/// A client or server, on its own socket.
class End {
 public:
  End() : socket_(*net::UdpSocket::open(loopback())) {}

  Address address() const { return socket_->local_address(); }
  void send(const Address& to, std::string text) {
    const link::Path path{to};
    const iovec part{text.data(), text.size()};
    const link::Outbound outbound{&path, {&part, 1}};
    ASSERT_EQ(socket_->send({&outbound, 1}), 1U);
  }
  /// Reads the datagrams that have arrived.
  void look() {
    for (const link::Inbound& inbound : socket_->receive()) {
      heard.emplace_back(inbound.bytes);
      from.push_back(inbound.path.peer);
    }
  }

  std::vector<std::string> heard;
  std::vector<Address> from;

 private:
  std::unique_ptr<net::UdpSocket> socket_;
};

class RelayTest : public testing::Test {
 protected:
  void open(const link::BadNetwork& network) {
    relay_ = *ImpairmentRelay::open(io_, loopback(), server_.address(), network, 1);
  }
  template <typename IsSo>
  bool comes_to_be(IsSo is_so) {
    for (int i = 0; i < kMostTries && !is_so(); ++i) {
      io_.run_for(1ms);
      io_.restart();
      server_.look();
      client_.look();
    }
    return is_so();
  }
  Address way() const { return relay_->local_address(); }

  boost::asio::io_context io_;
  End server_;
  End client_;
  std::unique_ptr<ImpairmentRelay> relay_;
};

TEST_F(RelayTest, HandsOnBothWaysAndTellsClientsApart) {
  open({});
  client_.send(way(), "hello");
  ASSERT_TRUE(comes_to_be([&] { return !server_.heard.empty(); }));
  EXPECT_EQ(server_.heard[0], "hello");
  EXPECT_FALSE(server_.from[0] == way()) << "answers go another way than what is asked";

  End other;
  other.send(way(), "good day");
  ASSERT_TRUE(comes_to_be([&] { return server_.heard.size() == 2; }));
  EXPECT_FALSE(server_.from[1] == server_.from[0]);

  server_.send(server_.from[0], "welcome");
  ASSERT_TRUE(comes_to_be([&] { return !client_.heard.empty(); }));
  EXPECT_EQ(client_.heard, std::vector<std::string>{"welcome"});
  EXPECT_EQ(client_.from[0], way());
  other.look();
  EXPECT_TRUE(other.heard.empty());
}

TEST_F(RelayTest, HandsOnNothingWhileItIsCutAndNothingThatWasOnItsWay) {
  open({.delay = 20ms});
  client_.send(way(), "on its way");
  ASSERT_TRUE(comes_to_be([&] { return relay_->counts().came == 1; }));
  relay_->cut(true);
  client_.send(way(), "too late");
  ASSERT_TRUE(comes_to_be([&] { return relay_->counts().cut_off == 2; }));
  relay_->cut(false);
  client_.send(way(), "and again");
  ASSERT_TRUE(comes_to_be([&] { return !server_.heard.empty(); }));
  EXPECT_EQ(server_.heard, std::vector<std::string>{"and again"});
}

TEST_F(RelayTest, DoublesAndDamages) {
  open({.duplicate_percent = 100, .corrupt_percent = 100});
  client_.send(way(), "hello");
  ASSERT_TRUE(comes_to_be([&] { return server_.heard.size() == 2; }));
  for (const std::string& heard : server_.heard) {
    EXPECT_NE(heard, "hello");
    EXPECT_EQ(heard.size(), 5U);
  }
}

TEST_F(RelayTest, GivesTheQuietestClientsPlaceToANewOne) {
  open({});
  client_.send(way(), "first");
  ASSERT_TRUE(comes_to_be([&] { return server_.heard.size() == 1; }));
  std::vector<std::unique_ptr<End>> others;  // all open at once, so that each has its own address
  for (std::size_t i = 0; i < ImpairmentRelay::kMostClients; ++i) {
    others.push_back(std::make_unique<End>());
    others.back()->send(way(), "another");
    ASSERT_TRUE(comes_to_be([&] { return server_.heard.size() == 2 + i; }));
  }
  server_.send(server_.from[0], "are you there?");
  server_.send(server_.from[1], "and you?");
  ASSERT_TRUE(comes_to_be([&] { return relay_->counts().handed_on == 258; }));
  others[0]->look();
  EXPECT_EQ(others[0]->heard, std::vector<std::string>{"and you?"});
  EXPECT_TRUE(client_.heard.empty());
}

TEST_F(RelayTest, IsNotItsOwnServer) {
  const Address server = server_.address();
  const auto relay = ImpairmentRelay::open(io_, server, server, {}, 1);
  ASSERT_FALSE(relay);
  EXPECT_EQ(relay.error().exit_code, EX_USAGE);
}

}  // namespace
}  // namespace palabre::app
