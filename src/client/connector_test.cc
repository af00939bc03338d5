#include "client/connector.h"

#include <gtest/gtest.h>
#include <sysexits.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "drivers/model_server_driver.h"
#include "drivers/temporary_folder.h"
#include "link/quic/certificate.h"
#include "link/quic/secret.h"
#include "link/quic/server.h"
#include "net/udp_socket.h"

// Over real sockets on loopback, in one thread and one event loop: the model server behind a real
// QUIC carrier.

namespace palabre::client {
namespace {

using namespace std::chrono_literals;

const chat::RoomName kLobby{"lobby"};

/// The state of a server that survives its restarts.
struct Premises {
  link::Certificate certificate = link::Certificate::ephemeral();
  link::QuicSecret secret = link::QuicSecret::random();
  ModelServer model{1};
  std::uint16_t port = 0;
};

class LoopbackServer final : public link::LinkUser {
 public:
  LoopbackServer(boost::asio::io_context& io, Premises& premises)
      : premises_(premises),
        socket_(*net::UdpSocket::open(*Address::parse("127.0.0.1", premises.port))),
        server_(*this, *socket_, premises.certificate, premises.secret, {}, {}),
        descriptor_(io, socket_->descriptor()),
        timer_(io) {
    premises.port = socket_->local_address().port();
    wait();
    tick();
  }
  ~LoopbackServer() override {
    *is_gone_ = true;
    descriptor_.release();
  }

  void on_open(link::Link& link, Instant /*now*/) override {
    premises_.model.challenge(peers_[&link]);
  }
  void on_bytes(link::Link& link, std::string_view bytes, Instant /*now*/) override {
    link.consumed(bytes.size());
    premises_.model.read(peers_[&link], bytes);
  }
  void on_datagram(link::Link&, std::string_view, Instant) override {}
  void on_room(link::Link&, Instant) override {}
  void on_closed(link::Link& link, const Closed&, Instant) override { peers_.erase(&link); }

  bool is_deaf = false;

 private:
  void wait() {
    descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                           [this, gone = is_gone_](boost::system::error_code error) {
                             if (error || *gone) return;
                             read();
                             wait();
                           });
  }
  void read() {
    const auto now = std::chrono::steady_clock::now();
    for (auto batch = socket_->receive(); !batch.empty(); batch = socket_->receive()) {
      for (const auto& inbound : batch) {
        if (is_deaf) continue;
        if (!server_.claim(inbound, now)) server_.strays().claim(inbound, now);
      }
    }
    flush();
  }
  void flush() {
    if (is_deaf) return;
    for (auto& [link, peer] : peers_) {
      premises_.model.deliver(peer);
      if (peer.out.empty()) continue;
      link->send(std::make_shared<const std::string>(std::exchange(peer.out, {})));
    }
    server_.flush(std::chrono::steady_clock::now());
  }
  void tick() {
    timer_.expires_after(5ms);
    timer_.async_wait([this, gone = is_gone_](boost::system::error_code error) {
      if (error || *gone) return;
      if (!is_deaf) server_.on_deadline(std::chrono::steady_clock::now());
      flush();
      tick();
    });
  }

  Premises& premises_;
  std::unique_ptr<net::UdpSocket> socket_;
  std::map<link::Link*, ModelServer::Peer> peers_;
  link::QuicServer server_;
  boost::asio::posix::stream_descriptor descriptor_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<bool> is_gone_ = std::make_shared<bool>(false);
};

/// A member with a `known_servers` file of its own.
class ConnectorTest : public testing::Test {
 protected:
  void dial(const std::string& host = "127.0.0.1", Naming naming = {}) {
    connector_.emplace(
        io_, session_, known_, Connector::Server{{host, premises_.port}, of_link_},
        Connector::Hear{[this] {
                          for (auto& one : session_.take_outcomes()) see(one);
                        },
                        [this](bool is_silent) { silences_.push_back(is_silent); },
                        [this](const Error& error) { troubles_.push_back(error); },
                        [this](const Error& error) { refusals_.push_back(error.exit_code); }},
        std::move(naming));
    session_.join(kLobby, {}, std::chrono::steady_clock::now());
    connector_->start();
  }
  void see(const Outcome& outcome) {
    if (std::holds_alternative<Welcomed>(outcome)) ++welcomes_;
    if (std::holds_alternative<Kept>(outcome)) ++kept_;
  }
  void say(const std::string& text) {
    const auto now = std::chrono::steady_clock::now();
    ASSERT_TRUE(session_.post(kLobby, chat::Kind::kText, text, now));
    connector_->follow_up();
  }
  template <typename Done>
  bool run_until(Done is_done, Duration most = 10s) {
    const auto end = std::chrono::steady_clock::now() + most;
    while (!is_done() && std::chrono::steady_clock::now() < end) io_.run_one_for(10ms);
    return is_done();
  }

  boost::asio::io_context io_;
  TemporaryFolder folder_;
  KnownServers known_{folder_.path() / "known_servers"};
  Premises premises_;
  std::optional<Pin> of_link_;
  std::uint64_t randoms_ = 0;
  Session session_{{std::string(32, 'k'),
                    [](const auto&, const auto&, const auto&) { return std::string(64, 'p'); },
                    {"awa"},
                    "test"},
                   [this] { return ++randoms_; }};
  std::optional<Connector> connector_;
  int welcomes_ = 0;
  int kept_ = 0;
  std::vector<bool> silences_;
  std::vector<Error> troubles_;
  std::vector<int> refusals_;
};

TEST_F(ConnectorTest, LinksASessionAndRemembersTheServer) {
  LoopbackServer server(io_, premises_);
  dial("localhost");
  say("hello");
  ASSERT_TRUE(run_until([&] { return kept_ == 1; }));
  EXPECT_EQ(connector_->seen(), premises_.certificate.pin);
  EXPECT_EQ(connector_->trust(), KnownServers::Seen::kFirst);
  EXPECT_EQ(*known_.expected({"localhost", premises_.port}, std::nullopt),
            premises_.certificate.pin);
  EXPECT_TRUE(troubles_.empty());
}

TEST_F(ConnectorTest, IsBackByItselfOnceTheServerIsStartedAgain) {
  auto server = std::make_unique<LoopbackServer>(io_, premises_);
  dial();
  say("one");
  ASSERT_TRUE(run_until([&] { return kept_ == 1; }));
  server.reset();
  say("two");
  ASSERT_FALSE(run_until([&] { return kept_ == 2; }, 100ms));
  server = std::make_unique<LoopbackServer>(io_, premises_);
  ASSERT_TRUE(run_until([&] { return kept_ == 2; }));
  EXPECT_EQ(welcomes_, 2);
  EXPECT_EQ(premises_.model.rooms["lobby"].entries.size(), 2);
}

TEST_F(ConnectorTest, DialsAnewBesideALinkThatIsSilent) {
  auto server = std::make_unique<LoopbackServer>(io_, premises_);
  dial();
  say("one");
  ASSERT_TRUE(run_until([&] { return kept_ == 1; }));
  server->is_deaf = true;
  say("two");
  ASSERT_TRUE(run_until([&] { return !silences_.empty(); }));
  EXPECT_TRUE(silences_[0]);
  server.reset();
  premises_.secret = link::QuicSecret::random();  // so no stateless reset ends the old link
  server = std::make_unique<LoopbackServer>(io_, premises_);
  ASSERT_TRUE(run_until([&] { return kept_ == 2 && silences_.size() == 2; }, 5s));
  EXPECT_FALSE(silences_[1]);
  EXPECT_EQ(premises_.model.rooms["lobby"].entries.size(), 2);
}

TEST_F(ConnectorTest, SaysAtOnceThatNobodyListens) {
  {
    const LoopbackServer server(io_, premises_);  // a port that is free now
  }
  dial();
  ASSERT_TRUE(run_until([&] { return !troubles_.empty(); }, 1s));
  EXPECT_EQ(troubles_[0].exit_code, EX_UNAVAILABLE);
}

TEST_F(ConnectorTest, SaysSoonThatNothingAnswers) {
  LoopbackServer server(io_, premises_);
  server.is_deaf = true;
  dial();
  EXPECT_FALSE(run_until([&] { return !troubles_.empty(); }, Connector::kPatience - 500ms));
  EXPECT_TRUE(run_until([&] { return !troubles_.empty(); }, 1s));
  server.is_deaf = false;
  EXPECT_TRUE(run_until([&] { return session_.is_online(); })) << "it goes on trying";
}

TEST_F(ConnectorTest, SaysThatThereIsNoSuchHostAndHowARoomIsWritten) {
  dial("ops", {[](const std::string&, std::uint16_t) { return Lookup::Addresses(); }, 2ms});
  ASSERT_TRUE(run_until([&] { return !troubles_.empty(); }));
  EXPECT_EQ(troubles_[0].exit_code, EX_NOHOST);
  EXPECT_NE(troubles_[0].sentence.find("no ops to be found"), std::string::npos);
  EXPECT_NE(troubles_[0].sentence.find("written /ops"), std::string::npos);
}

TEST_F(ConnectorTest, AsksForANameAgainOnlyWhileNothingAnswers) {
  auto server = std::make_unique<LoopbackServer>(io_, premises_);
  const auto asked = std::make_shared<std::atomic<int>>();
  const auto ask = [asked](const std::string& host, std::uint16_t port) {
    ++*asked;
    return Lookup::ask_system(host, port);
  };
  dial("localhost", {ask, 2ms});
  say("one");
  ASSERT_TRUE(run_until([&] { return kept_ == 1; }));
  const int before = *asked;
  EXPECT_FALSE(
      run_until([&] { return *asked > before + 1; }, 100ms));  // one lookup may be in flight
  server.reset();
  say("two");
  EXPECT_TRUE(run_until([&] { return *asked > before + 3; }));
}

TEST_F(ConnectorTest, RefusesAServerWithAnotherPin) {
  LoopbackServer server(io_, premises_);
  ASSERT_TRUE(known_.confirm({"127.0.0.1", premises_.port}, std::nullopt, Pin{}));
  dial();
  ASSERT_TRUE(run_until([&] { return !refusals_.empty(); }));
  EXPECT_EQ(refusals_[0], EX_NOPERM);
  EXPECT_EQ(welcomes_, 0);
  EXPECT_FALSE(session_.has_link());
}

TEST_F(ConnectorTest, RefusesAServerThatItsLinkDoesNotName) {
  LoopbackServer server(io_, premises_);
  of_link_ = Pin{};
  dial();
  ASSERT_TRUE(run_until([&] { return !refusals_.empty(); }));
  EXPECT_EQ(welcomes_, 0);
}

}  // namespace
}  // namespace palabre::client
