#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>
#include <malloc.h>
#include <sysexits.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "chat/memory_history.h"
#include "drivers/members_driver.h"
#include "drivers/socket_driver.h"
#include "link/quic/client.h"
#include "link/quic/server.h"
#include "load.h"
#include "server/doors/frames/frames_door.h"
#include "server/doors/plain/plain_door.h"
#include "server/house.h"
#include "server/udp_port.h"

// A whole server and members over QUIC, in one process without a network: every datagram between
// them may be mutated, cut, repeated, sent from another address, or let through. Some members also
// mutate their bytes inside the encryption. Time is simulated, so that days pass.

namespace palabre::load {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr std::size_t kMembers = 24;
constexpr std::size_t kRemembered = 512;  // datagrams that may be repeated

struct Options {
  std::uint64_t count = 1000;
  std::uint64_t seed = 1;
};

using link::Datagram;

class Random {
 public:
  explicit Random(std::uint64_t seed) : random_(seed) {}
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool one_in(std::uint64_t many) { return below(many) == 0; }

  /// Mutates bytes, in one way or several.
  std::string bend(std::string bytes) {
    for (std::uint64_t bends = 1 + below(3); bends > 0; --bends) {
      const std::size_t at = bytes.empty() ? 0 : below(bytes.size());
      switch (below(6)) {
        case 0:
          bytes.resize(at);
          break;
        case 1:
          bytes.insert(at, below(100), static_cast<char>(below(256)));
          break;
        case 2:
          if (!bytes.empty()) bytes[below(std::min<std::size_t>(bytes.size(), 40))] = any();
          break;
        default:
          if (!bytes.empty()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
      }
    }
    return bytes;
  }

 private:
  char any() { return static_cast<char>(below(256)); }
  std::mt19937_64 random_;
};

/// A member's client, which sends many commands, few of them meaningful.
class Member final : public link::LinkUser {
 public:
  Member(std::uint8_t number, bool is_wild, Random& random)
      : keys_(number), nick_(fmt::format("member{}", number)), is_wild_(is_wild), random_(random) {}

  void on_open(link::Link& link, Instant /*now*/) override {
    link_ = &link;
    say(server::ping());  // the client sends first
  }
  void on_bytes(link::Link& link, std::string_view bytes, Instant /*now*/) override {
    link.consumed(bytes.size());
    reader_.add(bytes);
    while (const auto body = reader_.next()) {
      proto::Event event;
      if (event.ParseFromArray(body->data(), static_cast<int>(body->size()))) hear(event);
    }
  }
  void on_datagram(link::Link&, std::string_view, Instant) override {}
  void on_room(link::Link&, Instant) override {}
  void on_closed(link::Link&, const Closed&, Instant) override { link_ = nullptr; }

  void talk(std::uint64_t number) {
    if (!is_online_ || link_ == nullptr || link_->room() < 4096) return;
    say(server::post("lobby", fmt::format("id-{}", number),
                     std::string(1 + random_.below(600), 'x')));
    if (random_.one_in(4)) say(server::read_past("lobby", random_.below(50), 20));
    if (random_.one_in(8)) say(random_.one_in(2) ? server::leave("ops") : server::join("ops", 50));
    if (is_wild_ && random_.one_in(20)) {
      link_->send(std::make_shared<const std::string>(
          random_.bend(wire::encode_frame(server::post("lobby", "id", "bent")))));
    }
  }

  std::uint64_t kept = 0;

 private:
  void say(const proto::Command& command) {
    link_->send(std::make_shared<const std::string>(wire::encode_frame(command)));
  }
  void hear(const proto::Event& event) {
    if (link_ == nullptr) return;
    if (event.has_challenge()) {
      wire::LoginTo to;
      std::copy(event.challenge().nonce().begin(), event.challenge().nonce().end(),
                to.server.bytes.begin());
      to.pin = server::MemberWorld::pin().bytes;
      to.exporter = link_->exporter();
      say(server::login_by(keys_, to, nick_));
    } else if (event.has_welcome()) {
      say(server::join("lobby"));
    } else if (event.has_joined()) {
      is_online_ = true;
    } else if (event.has_acknowledged()) {
      ++kept;
    }
  }

  KeyPair keys_;
  std::string nick_;
  bool is_wild_;
  Random& random_;
  link::Link* link_ = nullptr;
  wire::FrameReader reader_;
  bool is_online_ = false;
};

struct Dialed {
  Address at;
  std::unique_ptr<Member> member;
  std::unique_ptr<link::QuicClient> client;
  link::RecordingSocket socket;
};

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

guard::Policy open_to_all() {
  guard::Policy policy;
  policy.trusted = {*guard::Network::parse("0.0.0.0/0")};
  return policy;
}

class World {
 public:
  explicit World(std::uint64_t seed)
      : random_(seed),
        history_([this] { return random_.below(~std::uint64_t{0}); }),
        members_({1}, {.random =
                           [this](std::span<std::uint8_t> bytes) {
                             for (std::uint8_t& byte : bytes) {
                               byte = static_cast<std::uint8_t>(random_.below(256));
                             }
                           },
                       .wall = [] { return WallTime{}; },
                       .admits = [](const link::Link&,
                                    Instant) { return server::FramesDoor::Entry::kOpen; },
                       .identity = server::MemberWorld::pin(),
                       .server = "test"}) {
    members_.speak_over(quic_);
    house_.open(now_);
    for (std::size_t i = 0; i < dialed_.size(); ++i) dial(i);
  }

  /// One turn of every client.
  void round() {
    now_ += 1ms + std::chrono::microseconds(random_.below(4000));
    if (random_.one_in(100)) now_ += 5s;  // so clients that left without closing time out
    if (random_.one_in(10)) dial(random_.below(dialed_.size()));
    for (auto& dialed : dialed_) have_turn(dialed);
    if (const auto due = port_.next_deadline(); due && *due <= now_) port_.on_deadline(now_);
    for (Datagram& datagram : std::exchange(socket_.sent, {})) return_to_client(datagram);
  }

  /// The memory in use after all clients have left and timed out.
  std::size_t memory_at_rest() {
    for (auto& dialed : dialed_) dialed.client.reset();
    past_.clear();
    for (int i = 0; i < 100; ++i) {
      now_ += 1s;
      port_.on_deadline(now_);
      socket_.sent.clear();
    }
    malloc_trim(0);
    const std::size_t bytes = resident_bytes();
    for (std::size_t i = 0; i < dialed_.size(); ++i) dial(i);
    return bytes;
  }

  /// Whether a new member is answered while nothing is mutated.
  bool hears_an_honest_member() {
    bends_ = false;
    dial(0);
    for (int i = 0; i < 2000 && dialed_[0].member->kept == 0; ++i) round();
    return dialed_[0].member->kept > 0;
  }

  std::string figures() const {
    const auto& quic = quic_.counts();
    const auto& members = members_.counts();
    return fmt::format(
        "\"bent\": {}, \"handshakes\": {}, \"retries\": {}, \"resets\": {}, \"malformed\": {}, "
        "\"logins\": {}, \"logins_refused\": {}, \"broken\": {}",
        bent, quic.handshakes, quic.retries, quic.resets, quic.dropped_malformed, members.logins,
        members.logins_refused, members.broken);
  }

  std::uint64_t bent = 0;  ///< mutated datagrams sent to the server

 private:
  void dial(std::size_t which) {
    Dialed& dialed = dialed_[which];
    // Half of them leave without closing.
    if (dialed.client != nullptr && random_.one_in(2)) {
      dialed.client->close("bye");
      have_turn(dialed);
    }
    dialed.client.reset();
    ++dials_;
    dialed.at = *Address::parse(fmt::format("10.0.{}.{}", dials_ / 250 % 250, 1 + dials_ % 250),
                                static_cast<std::uint16_t>(10'000 + dials_ % 50'000));
    dialed.member = std::make_unique<Member>(which + 1, bends_ && which % 2 == 1, random_);
    dialed.client = std::make_unique<link::QuicClient>(
        *dialed.member, *tls_, server_at_, PinCheck{},
        [](const link::QuicClient::Failure&, Instant) {}, now_);
  }

  void have_turn(Dialed& dialed) {
    dialed.member->talk(++posts_);
    if (const auto due = dialed.client->next_deadline(); due && *due <= now_) {
      dialed.client->on_deadline(now_);
    }
    dialed.client->flush(dialed.socket, now_);
    for (Datagram& sent : std::exchange(dialed.socket.sent, {})) {
      to_server({dialed.at, std::move(sent.bytes)});
    }
  }

  void to_server(Datagram datagram) {
    if (bends_) {
      remember(datagram);
      for (int i = 0; i < 8; ++i) arrive(mutant(datagram));
      bent += 8;
      if (random_.one_in(30)) return;  // lost
    }
    arrive(std::move(datagram));
  }

  void remember(const Datagram& datagram) {
    if (past_.size() < kRemembered) {
      past_.push_back(datagram);
    } else {
      past_[random_.below(kRemembered)] = datagram;
    }
  }

  Datagram mutant(const Datagram& datagram) {
    const Datagram& past = past_[random_.below(past_.size())];
    switch (random_.below(8)) {
      case 0:
        return past;  // repeated
      case 1:
        return {past.peer, datagram.bytes};  // from another address
      case 2:
        return {datagram.peer, random_.bend(past.bytes)};
      case 3: {
        const std::size_t cut = random_.below(datagram.bytes.size() + 1);
        return {datagram.peer,
                datagram.bytes.substr(0, cut) + past.bytes.substr(past.bytes.size() / 2)};
      }
      default:
        return {datagram.peer, random_.bend(datagram.bytes)};
    }
  }

  void arrive(Datagram datagram) {
    socket_.put(std::move(datagram));
    while (!port_.on_readable(now_)) {
    }
  }

  void return_to_client(Datagram& datagram) {
    for (auto& dialed : dialed_) {
      if (dialed.at != datagram.peer) continue;
      const auto read = [&](const std::string& bytes) {
        const link::Inbound inbound{{server_at_, {}}, 1, bytes};
        dialed.client->read(inbound, now_);
      };
      if (bends_) read(random_.bend(datagram.bytes));
      return read(datagram.bytes);
    }
  }

  Random random_;
  Instant now_{std::chrono::hours(1)};
  chat::Hub hub_{{}};
  chat::MemoryHistory history_;
  guard::Gate gate_{open_to_all(), {}, {5000}};
  link::RecordingSocket socket_;
  server::PlainDoor guests_{{0}, gate_, socket_};
  server::FramesDoor members_;
  link::Certificate certificate_ = link::Certificate::ephemeral();
  link::QuicServer quic_{members_, socket_, certificate_, link::QuicSecret::random(), {}, {}};
  server::House house_{hub_, history_, {&guests_, &members_}};
  server::UdpPort port_{house_, socket_, {&quic_, &guests_, &quic_.strays()}};
  std::unique_ptr<link::QuicTls> tls_ = link::QuicTls::client();
  const Address server_at_ = *Address::parse("10.1.0.1", 5000);
  std::array<Dialed, kMembers> dialed_;
  std::vector<Datagram> past_;
  std::uint64_t dials_ = 0;
  std::uint64_t posts_ = 0;
  bool bends_ = true;
};

int run(const Options& options) {
  google::protobuf::SetLogHandler(nullptr);
  const auto began = std::chrono::steady_clock::now();
  World world(options.seed);
  std::size_t memory = 0;
  while (world.bent < options.count) {
    world.round();
    if (memory == 0 && world.bent >= options.count / 2) memory = world.memory_at_rest();
  }
  const auto grown =
      static_cast<std::int64_t>(world.memory_at_rest()) - static_cast<std::int64_t>(memory);
  const bool is_heard = world.hears_an_honest_member();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  fmt::print("{{{}, \"memory\": {}, \"grown\": {}, \"is_heard\": {}, \"seconds\": {:.1f}}}\n",
             world.figures(), memory, grown, is_heard, took.count());
  return EX_OK;
}

int parse_and_run(int argc, char** argv) {
  Options options;
  CLI::App app("Mutated datagrams between members and a server, in one process.");
  app.add_option("--count", options.count, "How many at least")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{100'000'000}));
  app.add_option("--seed", options.seed, "The seed of the mutations; keys are random");
  CLI11_PARSE(app, argc, argv);
  return run(options);
}

}  // namespace
}  // namespace palabre::load

int main(int argc, char** argv) {
  return palabre::load::run("mutate_quic", palabre::load::parse_and_run, argc, argv);
}
