#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "chat/hub.h"
#include "chat/memory_history.h"
#include "wire/json.h"
#include "wire/member_frames.h"
#include "wire/names.h"
#include "wire/record.h"
#include "wire/text.h"
#include "wire/verbs.h"

// On the Internet everybody in a room could read the address of every guest there.

namespace palabre {
namespace {

constexpr std::string_view kAddress = "203.0.113.9";

/// A hub, whose every effect is written as each door writes it, and looked at.
class Watched {
 public:
  Watched() {
    handle(chat::RegistryRead{});
    log_in(kAna, 1, "ana");
    log_in(kBen, 2, "ben");
    come(kOnLan, {.address = "[192.168.52.2:4000]"});
    come_from_outside();
  }

  void come_from_outside() {
    come(kOutside, {.address = "[203.0.113.9:4000]",
                    .ip = *Ip::parse("203.0.113.9"),
                    .reach = Reach::kPublic,
                    .cloak = "guest-7kq2*"});
  }
  void come(chat::SessionId session, chat::Identity identity) {
    handle(chat::Arrive{session, std::move(identity)});
  }
  void log_in(chat::SessionId session, std::uint8_t member, const std::string& nick) {
    chat::MemberKey key;
    key.bytes.fill(member);
    handle(chat::Arrive{session,
                        {.address = "[192.168.52.3:4000]", .key = key},
                        {.many_rooms = true, .connection = true, .ordered_posts = true},
                        wire::parse_nick(nick)});
    ask(session, chat::Join{.room = chat::RoomName{"lobby"}});
  }
  void ask(chat::SessionId session, chat::Request request) {
    now_ += std::chrono::seconds(40);  // no rate limit hides anything
    handle(chat::Ask{session, {std::move(request)}});
  }

  void handle(chat::Command command) {
    std::deque<chat::Command> commands{std::move(command)};
    while (!commands.empty()) {
      for (chat::Effect& effect : hub_.handle(commands.front(), now_)) {
        std::visit([&](auto& one) { carry_out(one, commands); }, effect);
      }
      commands.pop_front();
      for (chat::LogEvent& event : history_.take_events()) {
        commands.push_back(chat::to_command(std::move(event)));
      }
    }
  }

  static constexpr chat::SessionId kOutside{1, {0}};
  static constexpr chat::SessionId kOnLan{2, {0}};
  static constexpr chat::SessionId kAna{1, {1}};
  static constexpr chat::SessionId kBen{2, {1}};

  std::size_t looked_at = 0;
  bool is_cloak_seen = false;
  bool is_outside_gone = false;

 private:
  void look(const std::string& bytes) {
    ++looked_at;
    is_cloak_seen = is_cloak_seen || bytes.find("guest-7kq2*") != std::string::npos;
    EXPECT_EQ(bytes.find(kAddress), std::string::npos) << bytes;
  }

  void carry_out(const chat::OpenRoom& open, std::deque<chat::Command>& /*commands*/) {
    history_.open(open.room, open.name);
  }
  void carry_out(const chat::CloseRoom& close, std::deque<chat::Command>& /*commands*/) {
    history_.close(close.room);
  }
  void carry_out(chat::Append& append, std::deque<chat::Command>& /*commands*/) {
    history_.append(std::move(append.draft));
  }
  void carry_out(const chat::KeepRecord& keep, std::deque<chat::Command>& commands) {
    // A decision about a guest names its address: operators see addresses.
    if (!std::holds_alternative<chat::Decision>(keep.record)) look(wire::to_line(keep.record));
    commands.emplace_back(chat::RecordKept{keep.record});
  }
  void carry_out(const chat::Tell& tell, std::deque<chat::Command>& /*commands*/) {
    look(wire::encode_notice(tell.event));
    look(wire::encode_event(tell.event, tell.tag));
  }
  void carry_out(const chat::RoomAdvanced& advanced, std::deque<chat::Command>& /*commands*/) {
    look(wire::encode_line(*advanced.message));
    look(wire::encode_message(advanced.room, advanced.number, *advanced.message, {}));
    look(wire::encode_json({"lobby"}, advanced.number, *advanced.message, {}));
  }
  void carry_out(const chat::Gone& gone, std::deque<chat::Command>& /*commands*/) {
    is_outside_gone = is_outside_gone || gone.session == kOutside;
  }
  // No text, or one for operators alone.
  template <typename Other>
  void carry_out(const Other& /*other*/, std::deque<chat::Command>& /*commands*/) {}

  std::uint64_t logs_ = 0;
  chat::MemoryHistory history_{[this] { return ++logs_; }};
  chat::Hub hub_{chat::Limits{}};
  Instant now_{};
};

TEST(AGuestFromOutside, IsShownByItsCloakAndNowhereByItsAddress) {
  std::size_t looked_at = 0;
  for (const chat::SessionId asker :
       {Watched::kOutside, Watched::kOnLan, Watched::kAna, Watched::kBen}) {
    for (const wire::VerbRow& row : wire::verbs()) {
      if (row.parse == nullptr) continue;
      Watched world;
      for (const std::string_view argument : {"tea", "lobby", "1", "m 1 text", "off", "on", ""}) {
        const auto& form = row.plain ? row.plain : row.chat;
        if (argument.empty() && wire::is_needed(form->argument)) continue;
        world.ask(asker, row.parse(argument, wire::usage_of(row, *form)));
        if (std::exchange(world.is_outside_gone, false)) world.come_from_outside();
        world.ask(Watched::kOutside, chat::Post{.text = "hello"});
        world.ask(Watched::kOnLan, chat::Who{});
      }
      looked_at += world.looked_at;
      if (row.name != "/nick") EXPECT_TRUE(world.is_cloak_seen) << row.name;
    }
  }
  EXPECT_GT(looked_at, 1000U);
}

TEST(AGuestFromOutside, StaysBehindItsCloakInEveryAnswerToOperatorsActs) {
  Watched world;
  world.ask(Watched::kOutside, chat::SetTopic{.text = "the tide"});
  world.ask(Watched::kAna, chat::Who{chat::RoomRef{chat::RoomName{"lobby"}}});
  const chat::Target outside{*Address::parse("203.0.113.9", 4000)};
  using enum chat::Order::Verb;
  for (const chat::Order& order :
       {chat::Order{.verb = kFreeze, .room = chat::RoomName{"lobby"}},
        chat::Order{.verb = kMute, .whom = outside}, chat::Order{.verb = kKick, .whom = outside}}) {
    world.handle(chat::FromOperator{{}, {}, order});
  }
  world.handle(chat::Close{});
  EXPECT_TRUE(world.is_cloak_seen);
}

}  // namespace
}  // namespace palabre
