#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "drivers/model_server_driver.h"

// Links that break at any byte, a server that still reads what was in flight on a dead link, lost
// and late answers, transient refusals: each post must be kept once and in order, and each number
// shown once and in order.

namespace palabre::client {
namespace {

using namespace std::chrono_literals;

const std::vector<std::string> kRooms{"lobby", "ops"};
// Joined and left all the time: its posts may be refused.
const chat::RoomName kTea{"tea"};
constexpr std::uint32_t kLast = 20;  // messages replayed to a newcomer

class Story {
 public:
  explicit Story(std::uint64_t seed)
      : random_(seed),
        server_(seed, 20),
        session_({std::string(32, 'k'),
                  [](const auto&, const auto&, const auto&) { return std::string(64, 'p'); },
                  {"awa"},
                  "test"},
                 [this] { return random_(); }) {}

  void run() {
    for (const auto& room : kRooms) {
      // Messages from before the session joins; it is shown the last ones.
      for (std::uint64_t i = upto(30); i > 0; --i) server_.say(room, "kofi", "old");
      session_.join({room}, {.last = kLast}, now_);
    }
    for (int step = 0; step < 400; ++step) take_a_step();
    for (int i = 0; i < 5'000 && !is_done(); ++i) finish();
    check();
  }

 private:
  struct Wire {
    std::unique_ptr<ModelLink> link;
    std::size_t still_comes = ModelLink::kAll;  ///< bytes still to reach the server
  };

  std::uint64_t upto(std::uint64_t most) { return random_() % (most + 1); }

  void open() {
    wires_.push_back({std::make_unique<ModelLink>(server_, session_, link::Link::Exporter{})});
    wires_.back().link->open(now_);
  }

  void take_a_step() {
    now_ += std::chrono::milliseconds(upto(80));
    switch (upto(10)) {
      case 0:
      case 1:
      case 2: {
        const std::string text = fmt::format("mine {}", ++written_);
        const std::string& room = kRooms[upto(kRooms.size() - 1)];
        ASSERT_TRUE(session_.post({room}, chat::Kind::kText, text, now_));
        posts_[room].push_back(text);
        break;
      }
      case 3:
        server_.say(kRooms[upto(kRooms.size() - 1)], "kofi", fmt::format("theirs {}", ++said_));
        break;
      case 4:
        if (upto(3) == 0) break_or_open();
        break;
      case 5:
        come_to_tea_and_go();
        break;
      default:
        carry();
    }
    drive();
  }

  void come_to_tea_and_go() {
    if (!is_at_tea_ || upto(3) == 0) {
      is_at_tea_ = !is_at_tea_;
      return is_at_tea_ ? session_.join(kTea, {}, now_) : session_.leave(kTea, now_);
    }
    ASSERT_TRUE(session_.post(kTea, chat::Kind::kText, "tea", now_));
    ++written_;
  }

  void break_or_open() {
    if (!session_.has_link() || upto(3) == 0) return open();  // also a new one beside a dead one
    Wire& wire = wires_.back();
    // Bytes in flight to the server may still arrive, much later; those on the way back are lost.
    wire.still_comes = upto(wire.link->sent());
    wire.link->cut(now_);
  }

  /// Carries some bytes of one link in both directions.
  void carry() {
    if (wires_.empty()) return;
    Wire& wire = wires_[upto(3) == 0 ? upto(wires_.size() - 1) : wires_.size() - 1];
    carry_to_server(wire, upto(wire.link->sent()));
    if (upto(1) == 0) server_.deliver(wire.link->peer);
    wire.link->say();
    wire.link->carry_to_client(upto(wire.link->pipe.on_the_way(ModelLink::kServer)), now_);
  }

  void carry_to_server(Wire& wire, std::size_t most) {
    const std::size_t bytes = std::min({most, wire.still_comes, wire.link->sent()});
    if (wire.still_comes != ModelLink::kAll) wire.still_comes -= bytes;
    wire.link->carry_to_model(bytes, now_);
    wire.link->read();
  }

  void finish() {
    if (!session_.has_link()) open();
    now_ += 50ms;
    for (Wire& wire : wires_) {
      carry_to_server(wire, ModelLink::kAll);
      server_.deliver(wire.link->peer);
      wire.link->say();
      wire.link->carry_to_client(ModelLink::kAll, now_);
    }
    drive();
  }

  bool is_done() {
    if (!session_.is_online() || session_.waiting() > 0) return false;
    const auto cursors = session_.cursors();
    return std::all_of(cursors.begin(), cursors.end(), [&](const auto& one) {
      return one.second.number.value == server_.rooms[one.first.text].entries.size();
    });
  }

  void drive() {
    const auto deadline = session_.next_deadline();
    if (deadline && *deadline <= now_) session_.on_deadline(now_);
    for (const Outcome& outcome : session_.take_outcomes()) see(outcome);
  }

  void see(const Outcome& outcome) {
    if (const auto* const refused = std::get_if<PostRefused>(&outcome)) {
      EXPECT_EQ(refused->room, kTea);
      ++refused_;
      return;
    }
    if (is_about_tea(outcome)) return;
    if (const auto* const shown = std::get_if<Shown>(&outcome)) {
      lines_[shown->room.text].push_back(shown->line);
      if (shown->line.message.author == "awa") theirs_of_ours_.insert(shown->line.message.text);
    } else if (const auto* const kept = std::get_if<Kept>(&outcome)) {
      ++kept_;
      // Older than the replay: only its answer reports it.
      if (kept->line.number <= begins_after_[kept->room.text]) return;
      if (!kept->was_shown) lines_[kept->room.text].push_back(kept->line);
      EXPECT_EQ(kept->was_shown, theirs_of_ours_.contains(kept->line.message.text));
    } else if (const auto* const joined = std::get_if<Joined>(&outcome)) {
      const std::uint64_t end = joined->end.number.value;
      begins_after_.try_emplace(joined->room.text,
                                chat::Number{end - std::min<std::uint64_t>(end, kLast)});
    } else {
      EXPECT_FALSE(std::holds_alternative<Missed>(outcome));
      EXPECT_FALSE(std::holds_alternative<Ended>(outcome));
    }
  }

  /// Every visit to that room starts a new replay, so only the answers to its posts are counted.
  bool is_about_tea(const Outcome& outcome) {
    const auto* const kept = std::get_if<Kept>(&outcome);
    if (kept != nullptr && kept->room == kTea) ++kept_;
    const auto* const shown = std::get_if<Shown>(&outcome);
    return (kept != nullptr && kept->room == kTea) || (shown != nullptr && shown->room == kTea);
  }

  void check() {
    EXPECT_EQ(kept_ + refused_, written_) << "every post has its answer";
    for (const auto& name : kRooms) {
      const auto& entries = server_.rooms[name].entries;
      std::vector<std::string> kept;
      for (const auto& entry : entries) {
        if (entry.author == "awa") kept.push_back(entry.text);
      }
      EXPECT_EQ(kept, posts_[name]) << "each once, and in order";
      std::uint64_t last = begins_after_[name].value;
      for (const Line& line : lines_[name]) {
        ASSERT_EQ(line.number.value, last + 1) << "shown in order, each once";
        last = line.number.value;
        EXPECT_EQ(line.message.text, entries.at(last - 1).text);
        EXPECT_EQ(line.message.author, entries.at(last - 1).author);
      }
      EXPECT_EQ(last, entries.size());
    }
  }

  std::mt19937_64 random_;
  ModelServer server_;
  Session session_;
  Instant now_{1h};
  std::vector<Wire> wires_;
  std::map<std::string, std::vector<std::string>> posts_;
  std::map<std::string, std::vector<Line>> lines_;
  std::map<std::string, chat::Number> begins_after_;
  std::set<std::string> theirs_of_ours_;
  std::uint64_t written_ = 0;
  std::uint64_t said_ = 0;
  std::uint64_t kept_ = 0;
  std::uint64_t refused_ = 0;
  bool is_at_tea_ = false;
};

TEST(SessionProperty, LosesNothingDoublesNothingKeepsOrderWhateverBreaks) {
  const char* const given = std::getenv("PALABRE_SEED");
  const std::uint64_t first = given == nullptr ? 1 : std::strtoull(given, nullptr, 10);
  const std::uint64_t last = given == nullptr ? first + 399 : first;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE(fmt::format("PALABRE_SEED={}", seed));
    Story(seed).run();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace palabre::client
