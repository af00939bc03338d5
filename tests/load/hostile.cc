#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "drivers/hostile_words.h"
#include "link/quic/certificate.h"
#include "link/quic/secret.h"
#include "link/quic/server.h"
#include "net/udp_socket.h"
#include "wire/frames.h"

// A hostile server that sends random events to every client, as fast as the client reads, on
// loopback, while its standard input is open. It prints its port. It sends nothing that ends a
// session: no goodbye, no invalid nickname.

namespace palabre {
namespace {

using namespace std::chrono_literals;

class HostileServer final : public link::LinkUser {
 public:
  explicit HostileServer(boost::asio::io_context& io)
      : socket_(*net::UdpSocket::open(*Address::parse("127.0.0.1", 0))),
        server_(*this, *socket_, certificate_, secret_, {}, {}),
        descriptor_(io, socket_->descriptor()),
        timer_(io) {
    std::printf("%u\n", static_cast<unsigned>(socket_->local_address().port()));
    std::fflush(stdout);
    wait();
    tick();
  }
  ~HostileServer() override { descriptor_.release(); }
  HostileServer(const HostileServer&) = delete;
  HostileServer& operator=(const HostileServer&) = delete;

  void on_open(link::Link& link, Instant /*now*/) override {
    Peer& peer = peers_[&link];
    std::string bytes;
    wire::append_frame(peer.words.challenge(), bytes);
    link.send(std::make_shared<const std::string>(std::move(bytes)));
  }
  void on_bytes(link::Link& link, std::string_view bytes, Instant /*now*/) override {
    link.consumed(bytes.size());
    Peer& peer = peers_[&link];
    peer.frames.add(bytes);
    while (const auto frame = peer.frames.next()) {
      proto::Command command;
      if (!command.ParseFromArray(frame->data(), static_cast<int>(frame->size()))) continue;
      peer.words.hear(command);
      if (command.has_login()) {
        proto::Event event;
        event.set_tag(command.tag());
        event.mutable_welcome()->set_nick("awa");
        link.send(std::make_shared<const std::string>(wire::encode_frame(event)));
        peer.is_welcome = true;
      }
    }
  }
  void on_datagram(link::Link& /*link*/, std::string_view /*bytes*/, Instant /*now*/) override {}
  void on_room(link::Link& /*link*/, Instant /*now*/) override {}
  void on_closed(link::Link& link, const Closed& /*how*/, Instant /*now*/) override {
    peers_.erase(&link);
  }

 private:
  struct Peer {
    explicit Peer(client::Choices& choices) : words(choices) {}
    client::HostileWords words;
    wire::FrameReader frames;
    bool is_welcome = false;
  };
  struct Peers : std::map<link::Link*, Peer> {
    explicit Peers(client::Choices& with) : choices(with) {}
    Peer& operator[](link::Link* link) { return try_emplace(link, choices).first->second; }
    client::Choices& choices;
  };

  void wait() {
    descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                           [this](boost::system::error_code error) {
                             if (error) return;
                             read();
                             wait();
                           });
  }
  void read() {
    const auto now = std::chrono::steady_clock::now();
    for (auto batch = socket_->receive(); !batch.empty(); batch = socket_->receive()) {
      for (const auto& inbound : batch) (void)server_.claim(inbound, now);
    }
    server_.flush(std::chrono::steady_clock::now());
  }
  /// Puts the client into a room whose name fills a frame, and out of it again, except for the
  /// first 30.
  void put_into_endless_name(std::string& bytes) {
    constexpr std::uint64_t kStays = 30;
    const std::uint64_t id = 1000 + ++endless_names_;
    proto::Event event;
    event.mutable_joined()->set_room_id(id);
    event.mutable_joined()->set_room("@" + std::to_string(id) + std::string(60'000, 'n'));
    wire::append_frame(event, bytes);
    if (endless_names_ <= kStays) return;
    event.mutable_left()->set_room_id(id);
    wire::append_frame(event, bytes);
  }
  void say(link::Link& link, Peer& peer) {
    std::string bytes;
    if (link.room() == 0) return;
    put_into_endless_name(bytes);
    while (bytes.size() < kMostAtOnce) {
      proto::Event event = peer.words.event();
      if (event.has_goodbye() || event.has_nick_taken()) continue;
      if (event.has_refused()) event.set_tag(0);  // else the only room could be refused
      if (event.ByteSizeLong() <= wire::kMostFrameBytes) wire::append_frame(event, bytes);
    }
    if (!bytes.empty()) link.send(std::make_shared<const std::string>(std::move(bytes)));
  }
  void tick() {
    timer_.expires_after(2ms);
    timer_.async_wait([this](boost::system::error_code error) {
      if (error) return;
      server_.on_deadline(std::chrono::steady_clock::now());
      for (auto& [link, peer] : peers_) {
        if (peer.is_welcome) say(*link, peer);
      }
      server_.flush(std::chrono::steady_clock::now());
      tick();
    });
  }

  static constexpr std::size_t kMostAtOnce = std::size_t{128} << 10;

  std::uint64_t endless_names_ = 0;
  std::mt19937_64 random_{1};
  client::Choices choices_{[this] { return random_(); }};
  link::Certificate certificate_ = link::Certificate::ephemeral();
  link::QuicSecret secret_ = link::QuicSecret::random();
  std::unique_ptr<net::UdpSocket> socket_;
  Peers peers_{choices_};
  link::QuicServer server_;
  boost::asio::posix::stream_descriptor descriptor_;
  boost::asio::steady_timer timer_;
};

}  // namespace
}  // namespace palabre

int main() {
  boost::asio::io_context io(1);
  const palabre::HostileServer server(io);
  boost::asio::posix::stream_descriptor input(io, ::dup(STDIN_FILENO));
  std::array<char, 1> byte{};
  input.async_read_some(boost::asio::buffer(byte), [&](auto, auto) { io.stop(); });
  io.run();
  return 0;
}
