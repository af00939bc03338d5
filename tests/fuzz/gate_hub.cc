#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chat/hub.h"
#include "chat/memory_history.h"
#include "drivers/members_driver.h"
#include "drivers/socket_driver.h"
#include "guard/gate.h"
#include "order.h"
#include "plain_text.h"
#include "require.h"
#include "server/doors/plain/plain_door.h"
#include "server/house.h"
#include "server/udp_port.h"

// A whole server without socket and clock, fed with a list of (address, time passed, bytes). Its
// promises are checked from outside, against the datagrams sent and received.

namespace palabre::fuzz {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr std::uint16_t kServerPort = 5000;
constexpr std::uint32_t kLoopback = 1;
constexpr std::uint32_t kLan = 2;
constexpr std::size_t kMostSteps = 400;

struct Peer {
  const char* ip;
  std::uint16_t port;
  std::uint32_t interface;
};

// Several peers of one address, of one /24 and of each class; few enough to meet again.
constexpr std::array<Peer, 20> kPeers{{
    {"127.0.0.1", 40000, kLoopback}, {"127.0.0.1", 19, kLoopback},
    {"::1", kServerPort, kLoopback}, {"192.168.52.1", 40000, kLan},
    {"192.168.52.1", 40001, kLan},   {"192.168.52.1", 40002, kLan},
    {"192.168.52.2", 40000, kLan},   {"192.168.52.3", 40000, kLan},
    {"192.168.52.4", 19, kLan},      {"192.168.52.4", kServerPort, kLan},
    {"2001:db8::1", 40000, kLan},    {"2001:db8::2", 40000, kLan},
    {"192.168.52.5", 40000, 3},  // by another interface, so it is not on the LAN
    {"198.51.100.1", 40000, kLan},   {"198.51.100.1", 40001, kLan},
    {"198.51.100.1", 40002, kLan},   {"198.51.100.2", 40000, kLan},
    {"198.51.100.3", 40000, kLan},   {"203.0.113.1", 40000, kLan},
    {"2001:db8:1::1", 40000, kLan},
}};

bool is_public(const Peer& peer) {
  if (peer.interface == kLoopback) return false;
  const std::string_view ip = peer.ip;
  return peer.interface != kLan || !(ip.starts_with("192.168.52.") || ip.starts_with("2001:db8::"));
}

const Address& address_of(const Peer& peer) {
  static const auto kAddresses = [] {
    std::array<Address, kPeers.size()> addresses;
    for (std::size_t i = 0; i < kPeers.size(); ++i) {
      addresses[i] = *Address::parse(kPeers[i].ip, kPeers[i].port);
    }
    return addresses;
  }();
  return kAddresses[std::size_t(&peer - kPeers.data())];
}

constexpr std::array<std::string_view, 20> kTexts{"salut !\n",
                                                  "/ack on\n",
                                                  "/ack off\n",
                                                  "/post id-1 hello\n",
                                                  "/from 1\n",
                                                  "\n",
                                                  "",
                                                  "x",
                                                  "/who\n",
                                                  "/help\n/help\n",
                                                  "/quit\n",
                                                  "/join ops\nhere\n",
                                                  "/join lobby\n",
                                                  "/nick ana\n",
                                                  "/nick bob\n",
                                                  "/me waves\n",
                                                  "00000000\n",
                                                  "\xFF\xFE",
                                                  "one\ntwo\n",
                                                  "/join new\n"};

guard::Policy policy(FuzzedDataProvider& data) {
  guard::Policy policy;
  policy.guests = data.PickValueInArray(
      {guard::Guests::kAll, guard::Guests::kAll, guard::Guests::kLan, guard::Guests::kNone});
  policy.exempt_loopback = data.ConsumeBool();
  policy.burst = 4;
  policy.per_second = 1;
  policy.public_per_second = 1;
  policy.per_ip = 2;
  policy.per_neighbourhood = 3;
  policy.in_all = 5;
  policy.challenge_burst = 8;
  policy.challenges_per_second = 2;
  return policy;
}

chat::Limits limits() {
  chat::Limits limits;
  limits.guests = 6;
  limits.rooms = 3;
  limits.absent = 3;
  limits.idle = 90s;
  limits.idle_warning = 10s;
  limits.remember_absent = 600s;
  return limits;
}

/// A peer's state, as seen from outside.
struct Ledger {
  std::uint64_t bytes_in = 0;   // before it sent a code back
  std::uint64_t bytes_out = 0;  // before it sent a code back
  bool online = false;          // it was welcomed
  std::string code;             // the last code that it was sent
  Instant code_at;
  std::string last_heard = "salut !\n";
};

class World {
 public:
  explicit World(FuzzedDataProvider& data)
      : policy_(policy(data)),
        gate_(policy_, {.challenge_key = {1, 2, 3}, .hash_key = 4}, {kServerPort}),
        hub_(limits()),
        history_([this] { return ++logs_; }) {
    gate_.set_links({{kLoopback, true, *guard::Network::parse("127.0.0.0/8")},
                     {kLoopback, true, *guard::Network::parse("::1")},
                     {kLan, false, *guard::Network::parse("192.168.52.0/24")},
                     {kLan, false, *guard::Network::parse("2001:db8::/64")}});
    house_.open(now_);
  }

  void step(FuzzedDataProvider& data) {
    pass(data.PickValueInArray({0ms, 0ms, 0ms, 100ms, 1000ms, 6000ms, 61000ms, 700000ms}));
    socket_.room =
        data.ConsumeBool() ? ~std::size_t{0} : data.ConsumeIntegralInRange<std::size_t>(0, 6);
    const std::size_t who = data.ConsumeIntegralInRange<std::size_t>(0, kPeers.size() - 1);
    Ledger& ledger = ledgers_[who];
    switch (data.ConsumeIntegralInRange<int>(0, 7)) {
      case 0:
        return arrive(who, data.ConsumeRandomLengthString(1400));
      case 1:
        return arrive(who, ledger.code + "\n");
      case 2:
        return arrive(who, ledgers_[(who + 1) % kPeers.size()].code);
      case 3:
        return echo(who);
      case 4:
        return decide(who, data);
      default:
        return arrive(who, std::string(data.PickValueInArray(kTexts)));
    }
  }

  void close() {
    socket_.room = ~std::size_t{0};
    port_.on_writable(now_);
    look_at_what_was_sent();
    house_.close(now_);
    REQUIRE(hub_.online() == 0 && hub_.rooms() == 0);
  }

 private:
  void pass(Duration duration) {
    const Instant then = now_ + duration;
    for (auto deadline = port_.next_deadline(); deadline && *deadline <= then;
         deadline = port_.next_deadline()) {
      now_ = std::max(now_, *deadline);
      port_.on_deadline(now_);
      const auto next = port_.next_deadline();
      REQUIRE(!next || *next > now_);  // else the event loop would spin
      look_at_what_was_sent();
    }
    now_ = then;
    if (port_.wants_to_write()) port_.on_writable(now_);
    look_at_what_was_sent();
  }

  void arrive(std::size_t who, const std::string& bytes) {
    const Peer& peer = kPeers[who];
    Ledger& ledger = ledgers_[who];
    const bool was_online = is_online(who);
    if (!was_online) ledger.bytes_in += bytes.size();
    socket_.put({address_of(peer), bytes}, peer.interface);
    REQUIRE(!port_.on_readable(now_));
    if (is_public(peer) && !was_online && is_online(who)) {
      REQUIRE(policy_.guests == guard::Guests::kAll);
      REQUIRE(!ledger.code.empty() && bytes.find(ledger.code) != std::string::npos);
      REQUIRE(now_ - ledger.code_at < 2 * guard::Challenge::kEpoch);
    }
    if (!is_public(peer) && policy_.guests == guard::Guests::kNone) REQUIRE(!is_online(who));
    look_at_what_was_sent();
    keep_to_the_caps();
  }

  /// A machine echoes what it was sent: nobody else hears of it, and it gets at most one notice a
  /// minute.
  void echo(std::size_t who) {
    const std::string back = ledgers_[who].last_heard;
    // The answer to a post with an ID may come first: echoing machines are not sent one, as they do
    // not post.
    const std::string first = back.substr(0, back.find('\n'));
    if (!first.starts_with("-- ") && !first.starts_with("[") &&
        first.find('*') == std::string::npos) {
      return arrive(who, back);
    }
    if (port_.wants_to_write()) return;
    socket_.room = ~std::size_t{0};
    const std::size_t online = hub_.online();
    socket_.put({address_of(kPeers[who]), back}, kPeers[who].interface);
    port_.on_readable(now_);
    REQUIRE(socket_.sent.size() <= 1 && hub_.online() == online);
    for (const link::Datagram& sent : socket_.sent) {
      REQUIRE(sent.peer == address_of(kPeers[who]) && !is_public(kPeers[who]));
      REQUIRE(!told_of_echo_ || now_ - *told_of_echo_ >= 60s);
      told_of_echo_ = now_;
    }
    look_at_what_was_sent();
  }

  /// An operator's request.
  void decide(std::size_t who, FuzzedDataProvider& data) {
    const auto listed = hub_.list(now_);
    const Ip ip = address_of(kPeers[who]).ip_bytes();
    switch (data.ConsumeIntegralInRange<int>(0, 3)) {
      case 0:
        return static_cast<void>(gate_.ban(guard::Network::of(ip, 128), now_ + 60s));
      case 1:
        if (!listed.empty()) {
          operate(order_of("mute " + listed[who % listed.size()].address + " --for 60s"));
        }
        break;
      case 2:
        if (!listed.empty()) operate(order_of("kick " + listed[who % listed.size()].address));
        break;
      default:
        operate(order_of(data.ConsumeBool() ? "freeze" : "thaw"));
    }
    look_at_what_was_sent();
  }
  void operate(chat::OperatorRequest request) {
    operators_.requests.push_back(std::move(request));
    house_.settle(now_);
    REQUIRE(std::exchange(operators_.answers, {}).size() == 1);
  }

  /// The online addresses, as they are shown.
  std::set<std::string> online() const {
    std::set<std::string> labels;
    for (const auto& one : hub_.list(now_)) REQUIRE(labels.insert(one.address).second);
    return labels;
  }
  bool is_online(std::size_t who) const {
    return online().contains(address_of(kPeers[who]).label());
  }

  void keep_to_the_caps() const {
    std::map<std::string, std::size_t> by_ip;
    std::size_t seated = 0;
    const auto labels = online();
    for (const Peer& peer : kPeers) {
      const bool exempt = peer.interface == kLoopback && policy_.exempt_loopback;
      if (exempt || !labels.contains(address_of(peer).label())) continue;
      ++seated;
      REQUIRE(++by_ip[peer.ip] <= policy_.per_ip);
    }
    REQUIRE(seated <= policy_.in_all && hub_.online() <= limits().guests);
    REQUIRE(hub_.rooms() <= limits().rooms + 1);  // the lobby does not count towards the limit
  }

  void look_at_what_was_sent() {
    for (const link::Datagram& sent : socket_.sent) {
      const auto* peer = std::find_if(kPeers.begin(), kPeers.end(), [&](const Peer& one) {
        return address_of(one) == sent.peer;
      });
      REQUIRE(peer != kPeers.end());
      // A line with its number may exceed the limit of a datagram.
      const bool is_numbered_line = sent.bytes.starts_with('#') && sent.bytes.size() <= 1222;
      REQUIRE(is_numbered_line ? fuzz::is_safe_to_show(sent.bytes) && sent.bytes.ends_with('\n')
                               : is_good_datagram(sent.bytes));
      look_at(std::size_t(peer - kPeers.begin()), sent.bytes);
    }
    socket_.sent.clear();
  }

  void look_at(std::size_t who, const std::string& bytes) {
    Ledger& ledger = ledgers_[who];
    ledger.last_heard = bytes;
    constexpr std::string_view kChallenge = "-- send ";
    if (bytes.starts_with(kChallenge)) {
      REQUIRE(is_public(kPeers[who]) && bytes.size() == 17);
      ledger.code = bytes.substr(kChallenge.size(), 8);
      ledger.code_at = now_;
    }
    if (!is_public(kPeers[who])) return;
    // The peer at this address has sent a code back before.
    if (bytes.starts_with("-- Welcome")) ledger.online = true;
    if (ledger.online) return;
    ledger.bytes_out += bytes.size();
    REQUIRE(ledger.bytes_out <= ledger.bytes_in);
  }

  guard::Policy policy_;
  guard::Gate gate_;
  chat::Hub hub_;
  std::uint64_t logs_ = 0;
  chat::MemoryHistory history_;
  link::RecordingSocket socket_;
  server::PlainDoor guests_{{0}, gate_, socket_};
  server::Operators operators_{{1}};
  server::House house_{hub_, history_, {&guests_, &operators_}};
  server::UdpPort port_{house_, socket_, {&guests_}};
  Instant now_{3600s};
  std::array<Ledger, kPeers.size()> ledgers_;
  std::optional<Instant> told_of_echo_;
};

}  // namespace
}  // namespace palabre::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  FuzzedDataProvider data(bytes, size);
  palabre::fuzz::World world(data);
  for (std::size_t step = 0; step < palabre::fuzz::kMostSteps && data.remaining_bytes() > 0;
       ++step) {
    world.step(data);
  }
  world.close();
  return 0;
}
