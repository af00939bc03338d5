#include "quic_members.h"

#include <fmt/format.h>
#include <sodium/crypto_sign.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "link/quic/client.h"
#include "net/udp_socket.h"
#include "quic_open_loop.h"
#include "wire/frames.h"
#include "wire/login.h"
#include "wire/palabre.pb.h"

namespace palabre::bench {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kMemberTimeout{20};
constexpr std::size_t kAtATime = 4;  // few enough that the server sends no Retry
// The first byte of an untagged Event with a message: the field's number and wire type in protobuf.
constexpr char kMessage = 0x32;

link::Chunk chunk_of(const proto::Command& command) {
  return std::make_shared<const std::string>(wire::encode_frame(command));
}

}  // namespace

/// A minimal client: it parses only what it needs.
class Members::Member final : public link::LinkUser {
 public:
  Member(const link::QuicTls& tls, const sockaddr_in& server, std::size_t number,
         std::size_t& delivered)
      : number_(number), delivered_(delivered), socket_(open_socket()) {
    crypto_sign_keypair(key_.data(), secret_.data());
    client_ = std::make_unique<link::QuicClient>(
        *this, tls, Address(server),
        [this](const Pin& pin) {
          pin_ = pin;
          return true;
        },
        [](const link::QuicClient::Failure& failure, Instant) {
          throw std::runtime_error("A member cannot come in: " + failure.ending.why);
        },
        steady_clock::now());
    flush();
  }

  int descriptor() const { return socket_->descriptor(); }
  bool is_in() const { return is_in_; }

  void read() {
    for (auto batch = socket_->receive(); !batch.empty(); batch = socket_->receive()) {
      for (const link::Inbound& inbound : batch) client_->read(inbound, steady_clock::now());
    }
    flush();
  }
  void look_at_clock(Instant now) {
    const auto due = client_->next_deadline();
    if (!due || *due > now) return;
    client_->on_deadline(now);
    flush();
  }
  void post(const std::string& text) {
    proto::Command command;
    command.set_tag(++tag_);
    command.mutable_post()->set_room("lobby");
    command.mutable_post()->set_id(std::to_string(tag_));
    command.mutable_post()->set_text(text);
    link_->send(chunk_of(command));
  }
  void flush() { client_->flush(*socket_, steady_clock::now()); }

  void on_open(link::Link& link, Instant /*now*/) override {
    link_ = &link;
    link.send(chunk_of({}));  // the client sends first
  }
  void on_bytes(link::Link& link, std::string_view bytes, Instant /*now*/) override {
    link.consumed(bytes.size());
    frames_.add(bytes);
    while (const auto frame = frames_.next()) {
      if (frame->front() == kMessage) {
        ++delivered_;
      } else {
        on_event(*frame);
      }
    }
  }
  void on_datagram(link::Link&, std::string_view, Instant) override {}
  void on_room(link::Link&, Instant) override {}
  void on_closed(link::Link&, const Closed& how, Instant) override {
    throw std::runtime_error("The server closed a member's link: " + how.why);
  }

 private:
  static std::unique_ptr<net::UdpSocket> open_socket() {
    auto socket = net::UdpSocket::open(*Address::parse("127.0.0.1", 0));
    if (!socket) throw std::runtime_error(socket.error().sentence);
    return *std::move(socket);
  }

  void on_event(std::string_view frame) {
    proto::Event event;
    event.ParseFromArray(frame.data(), static_cast<int>(frame.size()));
    if (event.has_challenge()) {
      log_in(event.challenge().nonce());
    } else if (event.has_welcome()) {
      proto::Command command;
      command.set_tag(++tag_);
      command.mutable_join()->set_room("lobby");
      link_->send(chunk_of(command));
    } else if (event.has_joined()) {
      is_in_ = true;
    } else if (event.has_refused()) {
      throw std::runtime_error("A member is refused: " + event.refused().words());
    }
  }

  void log_in(const std::string& nonce) {
    wire::LoginTo to;
    std::copy(nonce.begin(), nonce.end(), to.server.bytes.begin());
    to.pin = pin_.bytes;
    to.exporter = link_->exporter();
    const auto message = wire::login_message(to);
    std::string signature(crypto_sign_BYTES, '\0');
    crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr,
                         message.data(), message.size(), secret_.data());
    proto::Command command;
    command.set_tag(++tag_);
    auto& login = *command.mutable_login();
    login.set_key(key_.data(), key_.size());
    login.set_nonce(std::string(to.client.bytes.size(), '\0'));
    login.set_signature(signature);
    login.set_nick(fmt::format("member{}", number_));
    link_->send(chunk_of(command));
  }

  const std::size_t number_;
  std::size_t& delivered_;
  std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> key_{};
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret_{};
  std::unique_ptr<net::UdpSocket> socket_;
  std::unique_ptr<link::QuicClient> client_;
  Pin pin_;
  link::Link* link_ = nullptr;
  wire::FrameReader frames_;
  std::uint64_t tag_ = 0;
  bool is_in_ = false;
};

Members::Members(const ServerProcess& server, std::size_t count)
    : server_(server), tls_(link::QuicTls::client()), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  const auto cpu = server.cpu_time();
  const auto began = steady_clock::now();
  while (members_.size() < count) let_in(std::min(kAtATime, count - members_.size()));
  took_ = steady_clock::now() - began;
  server_cpu_ = server.cpu_time() - cpu;
}

Members::~Members() { ::close(epoll_); }

void Members::let_in(std::size_t count) {
  const std::size_t first = members_.size();
  for (std::size_t i = 0; i < count; ++i) {
    members_.push_back(
        std::make_unique<Member>(*tls_, server_.address(), members_.size(), delivered_));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = members_.back().get();
    epoll_ctl(epoll_, EPOLL_CTL_ADD, members_.back()->descriptor(), &event);
  }
  const auto latest = steady_clock::now() + kMemberTimeout;
  const auto newcomers = members_.begin() + static_cast<std::ptrdiff_t>(first);
  while (!std::all_of(newcomers, members_.end(), [](const auto& one) { return one->is_in(); })) {
    if (steady_clock::now() > latest) throw std::runtime_error("A member does not come in.");
    turn();
  }
}

void Members::turn() {
  const int ready = epoll_wait(epoll_, ready_.data(), static_cast<int>(ready_.size()), 0);
  for (int i = 0; i < ready; ++i) {
    static_cast<Member*>(ready_.at(static_cast<std::size_t>(i)).data.ptr)->read();
  }
  if (ready > 0) return;
  const auto now = steady_clock::now();
  for (const auto& member : members_) member->look_at_clock(now);
}

Outcome Members::run_closed(std::size_t messages, std::size_t window) {
  const std::string text(100, 'x');
  const std::size_t readers = members_.size() - 1;
  const std::size_t before = delivered_;
  const auto cpu = server_.cpu_time();
  const auto began = steady_clock::now();
  const auto latest = began + kMemberTimeout;
  std::size_t posted = 0;
  std::size_t done = 0;
  while (done < messages && steady_clock::now() < latest) {
    const std::size_t post = std::min(done + window, messages);
    if (posted < post) {
      for (; posted < post; ++posted) members_.front()->post(text);
      members_.front()->flush();
    }
    turn();
    done = (delivered_ - before) / readers;
  }
  Outcome outcome;
  outcome.deliveries = delivered_ - before;
  outcome.lost = messages * readers - outcome.deliveries;
  outcome.cpu = server_.cpu_time() - cpu;
  outcome.wall = steady_clock::now() - began;
  return outcome;
}

std::vector<std::chrono::nanoseconds> Members::run_open(std::size_t messages,
                                                        std::chrono::nanoseconds interval) {
  const std::string text(100, 'x');
  const auto post = [&] {
    members_.front()->post(text);
    members_.front()->flush();
  };
  return run_open_loop(
      messages, interval, post, [this] { turn(); }, delivered_);
}

}  // namespace palabre::bench
