#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "chat/hub.h"

// Two hubs that share their logs. Kept entries reach both in one order, each when it reads on. The
// hubs have no other connection.

namespace palabre::chat {
namespace {

const RoomName kOps{"ops"};  // by invitation
constexpr Caps kMember{.many_rooms = true, .connection = true, .ordered_posts = true};

MemberKey key_of(std::uint8_t member) {
  MemberKey key;
  key.bytes.fill(member);
  return key;
}
InviteHash hash_of(std::uint8_t invite) {
  InviteHash hash;
  hash.bytes.fill(invite);
  return hash;
}
Nick nick_of(const std::string& name) { return {name, name}; }

Record bound(std::uint8_t member, const std::string& nick) {
  return NickBound{key_of(member), nick_of(nick)};
}
Record invite(std::uint8_t hash) { return InviteMade{hash_of(hash), kOps, {}, 1}; }

/// An entry that a hub had kept: a record of the registry, or a message of a room.
struct Entry {
  std::size_t by = 0;  ///< the index of the hub
  std::variant<Record, Draft> what;
  RoomName room = {};  ///< of a message
  Number number = {};
};

class TwoHubs {
 public:
  static constexpr std::array<std::size_t, 2> kBoth{0, 1};

  /// `before`: records told to both first; `asked`: the commands for each, in order.
  explicit TwoHubs(const std::vector<Record>& before = {},
                   std::array<std::deque<Command>, 2> asked = {std::deque<Command>{},
                                                               std::deque<Command>{}})
      : asked_(std::move(asked)) {
    for (const std::size_t node : kBoth) {
      for (const Record& record : before) handle(node, RecordKept{record});
      handle(node, RegistryRead{});
    }
  }

  // The possible next steps: a hub gets its next command, or reads on.
  std::vector<std::function<void()>> next() {
    std::vector<std::function<void()>> next;
    for (const std::size_t node : kBoth) {
      if (!asked_[node].empty()) next.emplace_back([this, node] { ask_next(node); });
      if (read_[node] < stream_.size()) next.emplace_back([this, node] { read_on(node); });
    }
    return next;
  }
  void begin(std::size_t node, const Command& command) { handle(node, command); }
  void read_one(std::size_t node) {
    if (read_[node] < stream_.size()) read_on(node);
  }
  void read_all() {
    for (auto then = next(); !then.empty(); then = next()) then.front()();
  }
  /// Sends a command, then lets both hubs read everything.
  void ask(std::size_t node, const Command& command) {
    handle(node, command);
    read_all();
  }

  /// The last event of the session, at either hub; the test fails if it is of another type.
  template <typename E>
  const E& told(std::uint64_t session) {
    return std::get<E>(told_.at(session).back());
  }
  template <typename R>
  const R* refusal(std::uint64_t session) {
    const auto told = told_.find(session);
    const auto* refused =
        told == told_.end() ? nullptr : std::get_if<Refused>(&told->second.back());
    return refused == nullptr ? nullptr : std::get_if<R>(&refused->refusal);
  }
  const Registry& registry(std::size_t node) const { return nodes_[node].hub.registry(); }
  /// The session as shown; empty if it is not online.
  std::string shown(std::size_t node, std::uint64_t session) const {
    for (const auto& one : nodes_[node].hub.list({})) {
      if (one.session == SessionId{session}) return one.shown;
    }
    return {};
  }
  const std::map<std::string, std::vector<std::string>>& heard(std::size_t node) const {
    return nodes_[node].heard;
  }
  /// Whether both hubs heard the same message for each number, as far as both had the room open.
  bool heard_alike() const {
    for (const auto& [room, lines] : heard(0)) {
      const auto others = heard(1).find(room);
      if (others == heard(1).end()) continue;
      const std::size_t both = std::min(lines.size(), others->second.size());
      if (!std::equal(lines.end() - both, lines.end(), others->second.end() - both)) return false;
    }
    return true;
  }

  /// Differences between the two about the first `members` members and these nicknames, and
  /// requests still unanswered; empty if there are none.
  std::string difference(std::uint8_t members, const std::vector<std::string>& nicks) const {
    std::string found;
    const auto compare = [&](const char* what, const auto& one, const auto& other) {
      if (one != other) found += std::string(what) + "; ";
    };
    const Registry& one = registry(0);
    const Registry& other = registry(1);
    compare("members", one.members(), other.members());
    compare("facts of rooms", one.facts(), other.facts());
    for (const std::string& nick : nicks) {
      compare("owners", one.owner_of(nick), other.owner_of(nick));
    }
    for (std::uint8_t member = 1; member <= members; ++member) {
      const MemberKey key = key_of(member);
      compare("nicknames", one.nick_of(key), other.nick_of(key));
      compare("admissions", one.is_admitted(key, kOps), other.is_admitted(key, kOps));
      compare("rooms for two", one.direct_rooms_of(key), other.direct_rooms_of(key));
    }
    if (!unanswered_.empty()) found += "somebody waits; ";
    for (const std::size_t node : kBoth) found += wrongly_shown(node);
    return found;
  }

 private:
  struct Node {
    Hub hub{Limits{}, Keeping{}, Access{{kOps}}};
    std::map<std::string, RoomId> open;
    std::map<RoomId, std::string> names;
    std::map<std::string, std::vector<std::string>> heard;  // `1 ana> hello`, by room
  };

  void ask_next(std::size_t node) {
    const Command command = std::move(asked_[node].front());
    asked_[node].pop_front();
    handle(node, command);
  }
  void read_on(std::size_t node) {
    const Entry entry = stream_[read_[node]++];
    if (const auto* record = std::get_if<Record>(&entry.what)) {
      return handle(node, RecordKept{*record});
    }
    const Draft& draft = std::get<Draft>(entry.what);
    const auto room = nodes_[node].open.find(entry.room.text);
    if (room == nodes_[node].open.end()) return;
    Advanced advanced{room->second, entry.number, draft.message, {}, true};
    if (entry.by == node) advanced.draft = DraftRef{draft.session, draft.id};
    handle(node, advanced);
  }

  void handle(std::size_t node, const Command& command) {
    note_asked(node, command);
    for (const Effect& effect : nodes_[node].hub.handle(command, {})) {
      std::visit([&](const auto& one) { carry_out(node, one); }, effect);
    }
  }
  /// Notes what must be answered: logins, and the requests of sessions online.
  void note_asked(std::size_t node, const Command& command) {
    if (const auto* arrive = std::get_if<Arrive>(&command)) {
      if (!arrive->identity.key) return;
      unanswered_.insert(arrive->tag.value);
      keys_[arrive->session.value] = *arrive->identity.key;
    } else if (const auto* ask = std::get_if<Ask>(&command)) {
      const bool is_post = std::holds_alternative<Post>(ask->requests.front());
      if (!is_post && !shown(node, ask->session.value).empty()) unanswered_.insert(ask->tag.value);
    }
  }
  /// Sessions shown by a nickname other than the registry's, or by another member's.
  std::string wrongly_shown(std::size_t node) const {
    std::string found;
    for (const auto& [session, key] : keys_) {
      const std::string is_shown = shown(node, session);
      if (is_shown.empty() || is_shown == registry(node).nick_of(key).value().shown) continue;
      found += is_shown + " has another nickname; ";
    }
    for (const auto& one : nodes_[node].hub.list({})) {
      const bool has_nick = one.shown.ends_with('*');
      if (!has_nick || !registry(node).owner_of(one.shown.substr(0, one.shown.size() - 1)))
        continue;
      found += one.shown + " goes by a member's; ";
    }
    return found;
  }

  void carry_out(std::size_t node, const KeepRecord& keep) {
    stream_.push_back({node, keep.record});
  }
  void carry_out(std::size_t node, const Append& append) {
    const RoomName room{nodes_[node].names.at(append.draft.room)};
    stream_.push_back({node, append.draft, room, Number{++last_[room.text]}});
  }
  void carry_out(std::size_t node, const OpenRoom& open) {
    nodes_[node].open[open.name.text] = open.room;
    nodes_[node].names[open.room] = open.name.text;
  }
  void carry_out(std::size_t node, const CloseRoom& close) {
    nodes_[node].open.erase(nodes_[node].names.at(close.room));
    nodes_[node].names.erase(close.room);
  }
  void carry_out(std::size_t node, const RoomAdvanced& advanced) {
    const Message& message = *advanced.message;
    nodes_[node].heard[nodes_[node].names.at(advanced.room)].push_back(
        std::to_string(advanced.number.value) + " " + message.author + "> " + message.text);
    if (advanced.answer) told_[advanced.author_session.value].push_back(*advanced.answer);
  }
  void carry_out(std::size_t /*node*/, const Tell& tell) {
    told_[tell.session.value].push_back(tell.event);
    unanswered_.erase(tell.tag.value);
  }
  template <typename Other>
  void carry_out(std::size_t /*node*/, const Other& /*readers are none of this*/) {}

  std::map<std::uint64_t, MemberKey> keys_;  // by session
  std::array<Node, 2> nodes_;
  std::array<std::deque<Command>, 2> asked_;
  std::vector<Entry> stream_;
  std::array<std::size_t, 2> read_{};
  std::map<std::string, std::uint64_t> last_;  // last numbers, by room
  std::map<std::uint64_t, std::vector<Event>> told_;
  std::set<std::uint64_t> unanswered_;  // by tag
};

std::uint64_t last_tag = 0;

Command log_in(std::uint64_t session, std::uint8_t member, const std::string& nick) {
  return Arrive{SessionId{session}, {"", key_of(member)}, kMember, nick_of(nick), {}, {},
                Tag{++last_tag}};
}
Command guest(std::uint64_t session) {
  return Arrive{SessionId{session}, {"[10.0.0.1:" + std::to_string(session) + "]", {}}};
}
Command ask(std::uint64_t session, Request request) {
  return Ask{SessionId{session}, {std::move(request)}, Tag{++last_tag}};
}
Command enter_ops(std::uint64_t session, std::uint8_t invite) {
  return ask(session, Join{kOps, {}, hash_of(invite), WallTime{1}});
}

/// Calls `check` once for each possible order of steps; returns the number of orders.
template <typename Check>
std::size_t in_every_order(const std::vector<Record>& before,
                           const std::array<std::deque<Command>, 2>& asked, const Check& check) {
  struct Choice {
    std::size_t taken = 0;
    std::size_t of = 0;
  };
  std::vector<Choice> path;
  std::size_t orders = 0;
  do {
    TwoHubs world(before, asked);
    std::size_t at = 0;
    for (auto next = world.next(); !next.empty(); next = world.next(), ++at) {
      if (at == path.size()) path.push_back({0, next.size()});
      next.at(path[at].taken)();
    }
    check(world);
    ++orders;
    while (!path.empty() && ++path.back().taken == path.back().of) path.pop_back();
  } while (!path.empty() && !testing::Test::HasFailure());
  return orders;
}

// Sessions and members: 1 is at the first hub, 2 at the second.

TEST(OneStream, GivesANicknameToOneOfTwoWhoLogIn) {
  std::set<std::uint64_t> losers;
  const auto orders =
      in_every_order({}, {{{log_in(1, 1, "zoe")}, {log_in(2, 2, "zoe")}}}, [&](TwoHubs& world) {
        EXPECT_EQ(world.difference(2, {"zoe"}), "");
        const std::uint64_t winner = world.registry(0).owner_of("zoe") == key_of(1) ? 1 : 2;
        const std::uint64_t loser = 3 - winner;
        losers.insert(loser);
        EXPECT_EQ(world.told<LoggedIn>(winner).nick, "zoe");
        EXPECT_TRUE(world.refusal<NickInUse>(loser));
        world.ask(loser - 1, log_in(loser, static_cast<std::uint8_t>(loser), "eve"));
        EXPECT_EQ(world.told<LoggedIn>(loser).nick, "eve") << "its request was answered";
        EXPECT_EQ(world.difference(2, {"zoe", "eve"}), "");
      });
  EXPECT_GT(orders, 20U);
  EXPECT_EQ(losers.size(), 2U) << "either may win";
}

TEST(OneStream, GivesANicknameToOneOfALoginAndARename) {
  std::set<std::uint64_t> losers;
  const auto orders = in_every_order(
      {bound(1, "ana")},
      {{{log_in(1, 1, "ana"), ask(1, TakeNick{nick_of("zoe")})}, {log_in(2, 2, "zoe")}}},
      [&](TwoHubs& world) {
        EXPECT_EQ(world.difference(2, {"zoe", "ana"}), "");
        const bool renamed = world.registry(0).owner_of("zoe") == key_of(1);
        losers.insert(renamed ? 2 : 1);
        EXPECT_TRUE(world.refusal<NickInUse>(renamed ? 2 : 1));
        EXPECT_EQ(world.shown(0, 1), renamed ? "zoe" : "ana");
        EXPECT_EQ(world.shown(1, 2), renamed ? "" : "zoe");
        world.ask(0, ask(1, TakeNick{nick_of("anna")}));
        EXPECT_EQ(world.told<NickTaken>(1).shown, "anna");
        if (renamed) world.ask(1, log_in(2, 2, "eve"));
        EXPECT_EQ(world.shown(1, 2), renamed ? "eve" : "zoe");
        EXPECT_EQ(world.difference(2, {"zoe", "ana", "anna", "eve"}), "");
      });
  EXPECT_GT(orders, 20U);
  EXPECT_EQ(losers.size(), 2U);
}

TEST(OneStream, GivesANicknameToOneOfTwoWhoRename) {
  std::set<std::uint64_t> losers;
  in_every_order({bound(1, "ana"), bound(2, "bob")},
                 {{{log_in(1, 1, ""), ask(1, TakeNick{nick_of("zoe")})},
                   {log_in(2, 2, ""), ask(2, TakeNick{nick_of("zoe")})}}},
                 [&](TwoHubs& world) {
                   EXPECT_EQ(world.difference(2, {"zoe", "ana", "bob"}), "");
                   const bool first = world.registry(1).owner_of("zoe") == key_of(1);
                   losers.insert(first ? 2 : 1);
                   EXPECT_EQ(world.told<NickTaken>(first ? 1 : 2).shown, "zoe");
                   EXPECT_TRUE(world.refusal<NickInUse>(first ? 2 : 1));
                 });
  EXPECT_EQ(losers.size(), 2U);
}

TEST(OneStream, TakesANicknameFromAGuestOfEitherHub) {
  const auto orders =
      in_every_order({}, {{{log_in(1, 1, "zoe")}, {guest(2), ask(2, TakeNick{nick_of("zoe")})}}},
                     [&](TwoHubs& world) {
                       EXPECT_EQ(world.difference(1, {"zoe"}), "");
                       EXPECT_EQ(world.told<LoggedIn>(1).nick, "zoe");
                       EXPECT_TRUE(world.refusal<NickInUse>(2)) << "at its request, or later";
                       EXPECT_EQ(world.shown(1, 2), "[10.0.0.1:2]");
                       world.ask(1, ask(2, TakeNick{nick_of("gus")}));
                       EXPECT_EQ(world.shown(1, 2), "gus*");
                     });
  EXPECT_GT(orders, 5U);
}

TEST(OneStream, LetsOneOfTwoInByTheLastUseOfAnInvite) {
  std::set<std::uint64_t> losers;
  const auto orders = in_every_order(
      {bound(1, "ana"), bound(2, "bob"), invite(1), invite(2)},
      {{{log_in(1, 1, ""), enter_ops(1, 1)}, {log_in(2, 2, ""), enter_ops(2, 1)}}},
      [&](TwoHubs& world) {
        EXPECT_EQ(world.difference(2, {"ana", "bob"}), "");
        const std::uint64_t winner = world.registry(0).is_admitted(key_of(1), kOps) ? 1 : 2;
        const std::uint64_t loser = 3 - winner;
        losers.insert(loser);
        EXPECT_FALSE(world.registry(0).is_admitted(key_of(static_cast<std::uint8_t>(loser)), kOps));
        EXPECT_EQ(world.told<Joined>(winner).name, "ops");
        const auto* refused = world.refusal<NotInvited>(loser);
        ASSERT_NE(refused, nullptr);
        EXPECT_EQ(refused->why, NotInvited::Why::kSpent);
        world.ask(loser - 1, enter_ops(loser, 2));
        EXPECT_EQ(world.told<Joined>(loser).name, "ops") << "with another invite";
        EXPECT_EQ(world.difference(2, {"ana", "bob"}), "");
      });
  EXPECT_GT(orders, 50U);
  EXPECT_EQ(losers.size(), 2U);
}

TEST(OneStream, GivesTwoOneRoomWhichBothHaveAskedFor) {
  const auto with = [](const char* nick) { return Join{Direct{nick_of(nick)}}; };
  in_every_order(
      {bound(1, "ana"), bound(2, "bob")},
      {{{log_in(1, 1, ""), ask(1, with("bob"))}, {log_in(2, 2, ""), ask(2, with("ana"))}}},
      [&](TwoHubs& world) {
        EXPECT_EQ(world.difference(2, {"ana", "bob"}), "");
        EXPECT_EQ(world.registry(0).direct_rooms_of(key_of(1)), std::vector{key_of(2)});
        EXPECT_EQ(world.told<Joined>(1).name, "@bob");
        EXPECT_EQ(world.told<Joined>(2).name, "@ana");
      });
}

TEST(OneStream, HasEverybodyHearTheSameInOneOrder) {
  const auto say = [](std::uint64_t session, const char* text) {
    return ask(session, Post{.text = text, .id = MessageId{text}});
  };
  in_every_order({}, {{{guest(1), say(1, "one")}, {guest(2), say(2, "two")}}}, [&](TwoHubs& world) {
    world.ask(0, say(1, "three"));
    EXPECT_EQ(world.told<Acknowledged>(1).number, Number{3});
    EXPECT_EQ(world.heard(0).at("lobby").back(), "3 [10.0.0.1:1]> three");
    EXPECT_EQ(world.heard(1).at("lobby").back(), "3 [10.0.0.1:1]> three");
  });
}

TEST(OneStream, GivesARoomTheTopicThatCameLast) {
  std::set<std::string> topics;
  in_every_order({},
                 {{{guest(1), ask(1, SetTopic{.text = "one"})},
                   {guest(2), ask(2, SetTopic{.text = "two"}), ask(2, SetTopic{.text = ""})}}},
                 [&](TwoHubs& world) {
                   EXPECT_EQ(world.difference(2, {}), "");
                   const Topic& topic = world.registry(0).facts_of({"lobby"}).topic;
                   topics.insert(topic.text);
                   EXPECT_TRUE(std::holds_alternative<Topic>(world.told<RoomChanged>(1).fact));
                 });
  EXPECT_EQ(topics, (std::set<std::string>{"", "one"}));
}

/// Some command to a hub, by one of its four sessions.
Command any_command(std::size_t node, unsigned what) {
  const std::uint64_t session = 10 * (node + 1) + what % 4;
  what /= 4;
  const char* const names[] = {"zoe", "eve", "ana", "gus"};
  const std::string name = names[what / 6 % 4];
  const auto member = static_cast<std::uint8_t>(1 + session % 4 + node);
  switch (what % 6) {
    case 0:
      return ask(session, TakeNick{nick_of(name)});
    case 1:
      return enter_ops(session, static_cast<std::uint8_t>(1 + what % 2));
    case 2:
      return ask(session, Join{Direct{nick_of(name)}});
    case 3:
      return ask(session, SetTopic{RoomName{"lobby"}, what % 4 == 0 ? "" : name});
    case 4:
      return ask(session, Post{RoomName{"lobby"}, Kind::kText, name, MessageId{name}});
    default:
      return session % 4 == 3 ? guest(session) : log_in(session, member, name);
  }
}

RC_GTEST_PROP(OneStream, LeavesBothTheSameWhateverIsAsked, ()) {
  const auto steps = *rc::gen::container<std::vector<std::pair<unsigned, unsigned>>>(
      rc::gen::pair(rc::gen::inRange(0U, 4U), rc::gen::inRange(0U, 480U)));
  TwoHubs world({bound(1, "ana"), invite(1), invite(2)});
  std::set<std::uint64_t> logging_in;
  for (const auto& [which, what] : steps) {
    const std::size_t node = which % 2;
    if (which < 2) {
      const Command command = any_command(node, what);
      const auto* arrive = std::get_if<Arrive>(&command);
      // A session arrives once.
      if (arrive != nullptr && !logging_in.insert(arrive->session.value).second) continue;
      world.begin(node, command);
    } else {
      world.read_one(node);
    }
  }
  world.read_all();
  RC_ASSERT(world.difference(5, {"zoe", "eve", "ana", "gus"}) == "");
  RC_ASSERT(world.heard_alike());
}

}  // namespace
}  // namespace palabre::chat
