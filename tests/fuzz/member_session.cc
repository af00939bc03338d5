#include <fuzzer/FuzzedDataProvider.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/members_driver.h"
#include "order.h"
#include "require.h"

// A whole server with members on arbitrarily behaving links, and a list of their actions. The
// server's bytes are parsed as a client would, and must be whole, valid frames: consecutive numbers
// of a room, answers with a number. Once links and disk work again, every request is answered.

namespace palabre::fuzz {
namespace {

using proto::Event;
using server::MemberLink;
using std::chrono_literals::operator""ms;

constexpr std::size_t kMostSteps = 300;
constexpr std::size_t kMostLinks = 10;
constexpr std::size_t kWindow = std::size_t{64} << 10;
// The most bytes sent and not taken: a window, waiting answers, two frames, a chunk.
constexpr std::size_t kMostSent = kWindow + server::FramesDoor::kMostWaiting +
                                  2 * wire::kMostFrameBytes + (std::size_t{32} << 10);
constexpr std::array<const char*, 4> kNicks{"ana", "bob", "eve", ""};
constexpr std::array<const char*, 7> kRooms{"lobby", "ops", "@ana", "@bob", "@eve", "memory", ""};

/// A client's knowledge of its link.
struct Client {
  MemberLink* link = nullptr;
  std::size_t said = 0;
  std::optional<wire::LoginTo> login_to;                       // since the last challenge
  std::map<std::uint64_t, std::optional<std::uint64_t>> last;  // number, by room
};

chat::Limits limits() {
  chat::Limits limits;
  limits.members = 6;
  limits.sessions_of_member = 2;
  limits.rooms_of_session = 3;
  limits.rooms = 4;
  return limits;
}

class Story {
 public:
  explicit Story(FuzzedDataProvider& data)
      : world_({.burst = data.ConsumeBool() ? 5.0 : 1000.0, .per_second = 500},
               {.tail_bytes = data.ConsumeIntegralInRange<std::size_t>(0, 2000),
                .chunk_bytes = data.ConsumeIntegralInRange<std::size_t>(0, 500),
                .slice_bytes = data.ConsumeIntegralInRange<std::size_t>(0, 1000)},
               limits()) {}

  void step(FuzzedDataProvider& data) {
    const auto action = data.ConsumeIntegralInRange<int>(0, 15);
    if (action == 0 || clients_.empty()) return connect();
    Client& client = clients_[data.ConsumeIntegralInRange<std::size_t>(0, clients_.size() - 1)];
    switch (action) {
      case 1:
        return log_in(client, data);
      case 2:
        return say(client, data.ConsumeRandomLengthString(200));
      case 3:
        world_.set_window(*client.link,
                          data.PickValueInArray<std::size_t>({0, 100, 2000, kWindow}));
        return look();
      case 4:
        return hang_up(client);
      case 5:
        world_.pass(data.PickValueInArray({1ms, 25ms, 1000ms, 11'000ms}));
        return look();
      case 6:
        return trouble(data);
      case 7:
        return command_server(data);
      case 8:
      case 9:
        return take(client, data.ConsumeIntegralInRange<std::size_t>(0, 5000));
      default:
        return ask(client, data);
    }
  }

  /// Lets links and disk work: nothing stays unanswered.
  void end() {
    world_.history.holds_verdicts = world_.history.holds_slices = world_.history.fails = false;
    world_.history.unread = 0;
    world_.house.on_history(world_.now);
    for (Client& client : clients_) world_.set_window(*client.link, kWindow);
    for (int i = 0; i < 100 && !is_at_rest(); ++i) {
      for (Client& client : clients_) take(client, ~std::size_t{0});
      world_.pass(500ms);
      look();
    }
    REQUIRE(is_at_rest());
    while (!clients_.empty()) hang_up(clients_.back());
    REQUIRE(world_.hub.online() == 0 && world_.hub.rooms() == 0);
    REQUIRE(world_.members.sessions() == 0);
  }

 private:
  void connect() {
    if (clients_.size() >= kMostLinks || world_.links.size() >= 200) return;
    Client& client = clients_.emplace_back();
    client.link = &world_.connect();
    take(client, ~std::size_t{0});  // the challenge
  }

  void log_in(Client& client, FuzzedDataProvider& data) {
    if (!client.login_to) return;
    wire::LoginTo to = *client.login_to;
    if (data.ConsumeIntegralInRange<int>(0, 9) == 0) to.exporter->fill(200);
    const auto member = data.ConsumeIntegralInRange<std::uint8_t>(1, 4);
    say(client,
        wire::encode_frame(server::login_by(KeyPair(member), to, data.PickValueInArray(kNicks))));
  }

  void ask(Client& client, FuzzedDataProvider& data) {
    std::string bytes;
    const int count = data.ConsumeIntegralInRange<int>(1, 8);
    for (int i = 0; i < count; ++i) bytes += wire::encode_frame(command(data));
    if (data.ConsumeIntegralInRange<int>(0, 9) == 0) {
      const auto at = data.ConsumeIntegralInRange<std::size_t>(0, bytes.size() - 1);
      bytes[at] = data.ConsumeIntegral<char>();
    }
    // In two pieces: the second may come much later.
    const auto cut = data.ConsumeIntegralInRange<std::size_t>(0, bytes.size());
    MemberLink* const link = client.link;
    say(client, bytes.substr(0, cut));
    if (data.ConsumeBool()) world_.pass(1ms);
    if (client.link == link) say(client, bytes.substr(cut));
  }

  proto::Command command(FuzzedDataProvider& data) {
    const std::string room = data.PickValueInArray(kRooms);
    switch (data.ConsumeIntegralInRange<int>(0, 11)) {
      case 0: {
        auto join = server::join(room, data.ConsumeIntegralInRange<std::uint32_t>(0, 20));
        if (data.ConsumeBool()) {
          join.mutable_join()->mutable_after()->set_log(
              data.ConsumeIntegralInRange<std::uint64_t>(0, 2));
          join.mutable_join()->mutable_after()->set_number(data.ConsumeIntegral<std::uint8_t>());
        }
        return join;
      }
      case 1:
        return server::join(room);
      case 2:
        return server::leave(room);
      case 3:
        return server::read_past(room, data.ConsumeIntegralInRange<std::uint64_t>(0, 30),
                                 data.ConsumeIntegralInRange<std::uint32_t>(0, 300));
      case 4:
        return server::ping();
      case 5: {
        proto::Command who;
        who.mutable_who()->set_room(room);
        return who;
      }
      case 6: {
        proto::Command take;
        take.mutable_take_nick()->set_nick(data.PickValueInArray({"ana", "bob", "new", "?"}));
        return take;
      }
      case 7: {
        proto::Command away;
        away.mutable_set_away()->set_note("back soon");
        if (data.ConsumeIntegralInRange<int>(0, 5) == 0) away.mutable_quit();
        return away;
      }
      default:
        return server::post(room, "id-" + std::to_string(data.ConsumeIntegral<std::uint8_t>()),
                            std::string(data.ConsumeIntegralInRange<std::size_t>(0, 1300), 'x'));
    }
  }

  void trouble(FuzzedDataProvider& data) {
    switch (data.ConsumeIntegralInRange<int>(0, 5)) {
      case 0:
        world_.history.holds_verdicts = data.ConsumeBool();
        break;
      case 1:
        world_.history.holds_slices = data.ConsumeBool();
        break;
      case 2:
        world_.history.unread = data.ConsumeIntegralInRange<std::size_t>(0, 3);
        break;
      case 3:
        world_.history.fails = data.ConsumeBool();
        break;
      case 4:
        world_.history.log = data.ConsumeIntegralInRange<std::uint64_t>(1, 2);
        break;
      default:
        break;
    }
    world_.house.on_history(world_.now);
    look();
  }

  void command_server(FuzzedDataProvider& data) {
    const auto listed = world_.hub.list(world_.now);
    if (data.ConsumeBool() && !listed.empty()) {
      const auto which = data.ConsumeIntegralInRange<std::size_t>(0, listed.size() - 1);
      world_.operate(order_of((data.ConsumeBool() ? "kick " : "mute ") + listed[which].shown));
    } else {
      world_.operate(order_of(data.ConsumeBool() ? "freeze" : "thaw"));
    }
    look();
  }

  void say(Client& client, const std::string& bytes) {
    // Within the window: the link's flow control guarantees that.
    const std::size_t under_way = client.said - client.link->credit();
    if (bytes.empty() || client.link->closed() || under_way + bytes.size() > kWindow) return;
    client.said += bytes.size();
    world_.hear(*client.link, bytes);
    look();
  }

  void take(Client& client, std::size_t most) {
    world_.take(*client.link, std::min(most, client.link->waiting()));
    look();
  }

  void hang_up(Client& client) {
    MemberLink& link = *client.link;
    std::erase_if(clients_, [&](const Client& one) { return one.link == &link; });
    world_.hang_up(link);
    look();
  }

  bool is_at_rest() {
    return std::all_of(clients_.begin(), clients_.end(), [](const Client& client) {
      const MemberLink& link = *client.link;
      return link.closed() || (link.credit() == client.said && link.waiting() == 0);
    });
  }

  void look() {
    const auto next = world_.house.next_deadline();
    REQUIRE(!next || *next > world_.now);  // else the event loop would spin
    for (Client& client : clients_) {
      MemberLink& link = *client.link;
      REQUIRE(link.credit() <= client.said);
      REQUIRE(link.waiting() <= kMostSent);
      for (const Event& event : server::read_events(link.received, link.told)) hear(client, event);
      REQUIRE(link.waiting() > 0 || link.told == link.received.size());  // whole frames
    }
  }

  void hear(Client& client, const Event& event) {
    REQUIRE(event.what_case() != Event::WHAT_NOT_SET);
    if (event.has_challenge()) {
      wire::LoginTo to;
      std::copy(event.challenge().nonce().begin(), event.challenge().nonce().end(),
                to.server.bytes.begin());
      to.pin = server::MemberWorld::pin().bytes;
      to.exporter = client.link->end().exporter();
      client.login_to = to;
    } else if (event.has_joined()) {
      client.last[event.joined().room_id()] = std::nullopt;
    } else if (event.has_left()) {
      client.last.erase(event.left().room_id());
    } else if (event.has_message()) {
      REQUIRE(client.last.contains(event.message().room_id()));
      comes(client, event.message().room_id(), event.message().number(), event.message().number());
    } else if (event.has_acknowledged()) {
      const auto& kept = event.acknowledged();
      REQUIRE(kept.number() > 0 && !kept.id().empty());
      if (!kept.repeated()) comes(client, kept.room_id(), kept.number(), kept.number());
    } else if (event.has_gap() && event.gap().why() != proto::Gap::NEW_LOG) {
      comes(client, event.gap().room_id(), event.gap().from(), event.gap().to());
    }
  }

  /// Numbers of a room are consecutive, from any first one.
  void comes(Client& client, std::uint64_t room, std::uint64_t from, std::uint64_t to) {
    const auto known = client.last.find(room);
    if (known == client.last.end()) return;  // an answer to a post in a room that it has left
    REQUIRE(from <= to && (!known->second || from == *known->second + 1));
    known->second = to;
  }

  server::MemberWorld world_;
  std::vector<Client> clients_;
};

}  // namespace
}  // namespace palabre::fuzz

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  google::protobuf::SetLogHandler(nullptr);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  FuzzedDataProvider data(bytes, size);
  palabre::fuzz::Story story(data);
  for (std::size_t step = 0; step < palabre::fuzz::kMostSteps && data.remaining_bytes() > 0;
       ++step) {
    story.step(data);
  }
  story.end();
  return 0;
}
