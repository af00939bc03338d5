#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "client/session.h"
#include "disk.h"
#include "drivers/key_pair.h"
#include "identity.h"
#include "seeds.h"
#include "world.h"

// The whole server, its disk, and members' sessions over links that are cut at any byte. The server
// crashes and restarts; the disk is slow, full, and sometimes fails to read. Members post in two
// rooms and read both, from several devices.
//
//   PALABRE_SEED=7 sim_tests --gtest_filter=Members*      repeats the run of one seed
//   PALABRE_SEEDS=100000 sim_tests --gtest_filter=Members*

namespace palabre::sim {
namespace {

using std::chrono_literals::operator""min;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr std::size_t kMembers = 3;
constexpr std::size_t kDevices = 4;         // the last is the first member's second device
constexpr std::size_t kPosts = 15;          // of each device
constexpr std::uint64_t kStoryMs = 60'000;  // the time of activity
constexpr auto kPatience = 20min;           // the time limit of a run
const std::vector<std::string> kRooms{"lobby", "ops"};

struct Conditions {
  explicit Conditions(std::uint64_t seed) : Conditions(Random(~seed)) {}
  explicit Conditions(Random random)
      : pipework{.delay = Duration(50ms) * static_cast<int>(random.below(6)),
                 .window = 400 + random.below(3000),
                 .idle = Duration(5s) * static_cast<int>(1 + random.below(6))},
        troubles{.refusing = random.below(2) == 0 ? random.below(40) : 0,
                 .unread = random.below(2) == 0 ? random.below(30) : 0,
                 .quick = random.below(60),
                 .most_waiting = 2 + random.below(30),
                 .commit_delay = Duration(50ms) * static_cast<int>(random.below(8)),
                 .read_delay = Duration(20ms) * static_cast<int>(random.below(8))},
        sizes{.tail_bytes = 100 + random.below(3000),
              .chunk_bytes = 50 + random.below(1000),
              .slice_bytes = 50 + random.below(2000)},
        cuts(random.below(12)),
        crashes(random.below(4)) {}

  Pipework pipework;
  Troubles troubles;
  server::MemberFeed::Sizes sizes;
  std::uint64_t cuts;
  std::uint64_t crashes;
};

/// A device: its session, the lines that it shows, and the broken promises it finds.
class Device {
 public:
  /// `all_is_over`: the run is complete, and the device stops.
  Device(World& world, const Journal& journal, std::size_t number, const KeyPair& keys,
         std::function<bool()> all_is_over)
      : world_(world),
        journal_(journal),
        all_is_over_(std::move(all_is_over)),
        name_(fmt::format("device {}", number)),
        session_(identity_of(keys, {fmt::format("member{}", number % kMembers)}, "simulation"),
                 [&world] { return world.random().below(~std::uint64_t{0}); }) {
    for (const std::string& room : kRooms) {
      client::Session::JoinFrom from;
      from.last = 1000;
      session_.join({room}, from, world.now());
    }
    live();
  }

  void post() {
    const std::string& room = kRooms[world_.random().below(kRooms.size())];
    const std::string text = fmt::format("{} says {}", name_, ++said_);
    if (session_.post({room}, chat::Kind::kText, text, world_.now()))
      said_in_[room].push_back(text);
    look();
  }
  void cut() {
    if (!pipes_.empty()) pipes_.back()->cut();
  }
  bool is_at_rest() const { return session_.is_online() && session_.waiting() == 0; }
  bool has_seen_all() {
    return is_at_rest() && std::all_of(kRooms.begin(), kRooms.end(), [this](const auto& room) {
             return seen_[room] == journal_.end(room);
           });
  }

  void audit(std::vector<std::string>& broken) {
    broken.insert(broken.end(), broken_.begin(), broken_.end());
    if (!is_at_rest()) broken.push_back(name_ + " is offline, or has posts that wait");
    for (const std::string& room : kRooms) {
      const std::uint64_t end = journal_.end(room);
      if (seen_[room] != end) {
        broken.push_back(
            fmt::format("{} has seen {} up to {} of {}", name_, room, seen_[room], end));
      }
      std::vector<std::string> kept;
      for (const Commit& commit : journal_.all()) {
        if (commit.room == room && commit.text.starts_with(name_ + " "))
          kept.push_back(commit.text);
      }
      if (kept != said_in_[room]) {
        broken.push_back(fmt::format("{} posted {} in {}, of which {} were kept, or not in order",
                                     name_, said_in_[room].size(), room, kept.size()));
      }
    }
  }

 private:
  /// Dials where there is no link, or where the link may be dead; at most once a second.
  void live() {
    const Instant now = world_.now();
    if ((!session_.has_link() || session_.is_suspect(now)) && now >= dial_at_) {
      if (auto pipe = world_.dial(session_)) pipes_.push_back(std::move(pipe));
      dial_at_ = now + 1s;
    }
    if (const auto due = session_.next_deadline(); due && *due <= now) session_.on_deadline(now);
    look();
    const bool has_given_up = now.time_since_epoch() > kPatience;
    if (!all_is_over_() && !has_given_up) world_.after(200ms, [this] { live(); });
  }

  void look() {
    for (const client::Outcome& outcome : session_.take_outcomes()) {
      std::visit([this](const auto& one) { see(one); }, outcome);
    }
  }
  void see(const client::Shown& shown) { see_line(shown.room.text, shown.line); }
  void see(const client::Kept& kept) {
    if (!kept.on_disk) broken_.push_back(name_ + " is told that something is not kept");
    const Commit* const commit = journal_.find(kept.room.text, kept.line.number.value);
    if (commit == nullptr || commit->text != kept.line.message.text) {
      broken_.push_back(fmt::format("{} is told that «{}» is #{} of {}", name_,
                                    kept.line.message.text, kept.line.number.value,
                                    kept.room.text));
    }
    if (!kept.was_shown) see_line(kept.room.text, kept.line);
  }
  void see(const client::Missed& missed) {
    if (missed.new_log) return;
    broken_.push_back(fmt::format("{} misses {} to {} of {}: {}", name_, missed.from.value,
                                  missed.to.value, missed.room.text, missed.words));
    seen_[missed.room.text] = std::max(seen_[missed.room.text], missed.to.value);
  }
  void see(const client::PostRefused& refused) {
    broken_.push_back(name_ + " is refused: " + refused.words);
  }
  void see(const client::Ended& ended) { broken_.push_back(name_ + " has ended: " + ended.words); }
  template <typename Other>
  void see(const Other& /*outcome*/) {}

  void see_line(const std::string& room, const client::Line& line) {
    std::uint64_t& seen = seen_[room];
    if (line.number.value != seen + 1) {
      broken_.push_back(
          fmt::format("{} sees #{} of {} after #{}", name_, line.number.value, room, seen));
    }
    seen = line.number.value;
    const Commit* const commit = journal_.find(room, line.number.value);
    if (commit == nullptr || commit->text != line.message.text) {
      broken_.push_back(fmt::format("{} sees «{}» as #{} of {}, which was never kept", name_,
                                    line.message.text, line.number.value, room));
    }
  }

  World& world_;
  const Journal& journal_;
  const std::function<bool()> all_is_over_;
  const std::string name_;
  client::Session session_;
  std::vector<std::shared_ptr<Conduit>> pipes_;  // the last is the one in use
  Instant dial_at_;
  std::uint64_t said_ = 0;
  std::map<std::string, std::vector<std::string>> said_in_;
  std::map<std::string, std::uint64_t> seen_;
  std::vector<std::string> broken_;
};

struct Outcome {
  std::vector<std::string> broken;
  std::size_t kept = 0;
};

Rooms rooms_for(const Conditions& conditions, Disk& disk, World*& world) {
  Rooms rooms;
  rooms.open_history = [&](const Outside& outside) {
    return std::make_unique<SimHistory>(disk, conditions.troubles, outside,
                                        [&world] { return world ? world->now() : Instant{}; });
  };
  rooms.keeping.promise.kept = true;
  rooms.members = conditions.pipework;
  rooms.member_sizes = conditions.sizes;
  return rooms;
}

Outcome play(std::uint64_t seed) {
  const Conditions conditions(seed);
  Disk disk;
  World* itself = nullptr;
  World world(seed, {}, {}, World::open_to_all(), rooms_for(conditions, disk, itself));
  itself = &world;
  std::vector<KeyPair> keys;
  for (std::size_t i = 0; i < kMembers; ++i) keys.emplace_back(static_cast<std::uint8_t>(i + 1));
  std::vector<std::unique_ptr<Device>> devices;
  const auto all_is_over = [&] {
    return world.now().time_since_epoch() > Duration(1ms) * (kStoryMs + 10'000) &&
           devices.size() == kDevices &&
           std::all_of(devices.begin(), devices.end(),
                       [](const auto& device) { return device->has_seen_all(); });
  };
  for (std::size_t i = 0; i < kDevices; ++i) {
    devices.push_back(
        std::make_unique<Device>(world, disk.journal(), i, keys[i % kMembers], all_is_over));
    for (std::size_t post = 0; post < kPosts; ++post) {
      world.after(Duration(1ms) * static_cast<int>(world.random().below(kStoryMs)),
                  [&device = *devices.back()] { device.post(); });
    }
  }
  const auto some_time = [&] {
    return Duration(1ms) * static_cast<int>(world.random().below(kStoryMs));
  };
  for (std::uint64_t i = 0; i < conditions.cuts; ++i) {
    world.after(some_time(), [&] { devices[world.random().below(kDevices)]->cut(); });
  }
  for (std::uint64_t i = 0; i < conditions.crashes; ++i) {
    world.after(some_time(),
                [&] { world.crash(Duration(1ms) * static_cast<int>(world.random().below(3000))); });
  }
  world.run();
  Outcome outcome;
  for (const auto& device : devices) device->audit(outcome.broken);
  outcome.kept = disk.journal().all().size();
  return outcome;
}

TEST(Members, LoseNothingSeeNothingTwiceAndKeepTheirOrderWhateverBreaks) {
  const Seeds seeds = seeds_from_environment(300);
  std::size_t kept = 0;
  for (std::uint64_t seed = seeds.first; seed <= seeds.last; ++seed) {
    const Outcome outcome = play(seed);
    for (const std::string& wrong : outcome.broken) {
      ADD_FAILURE() << "seed " << seed << ": " << wrong;
    }
    ASSERT_TRUE(outcome.broken.empty());
    kept += outcome.kept;
  }
  EXPECT_GE(kept, seeds.count() * kDevices * kPosts);
}

TEST(Members, GoTheSameWayForTheSameSeed) { EXPECT_EQ(play(7).kept, play(7).kept); }

}  // namespace
}  // namespace palabre::sim
