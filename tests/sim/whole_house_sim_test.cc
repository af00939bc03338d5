#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sysexits.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/forward_clock.h"
#include "device.h"
#include "house_model.h"
#include "ledger.h"
#include "seeds.h"
#include "sqlite_disk.h"
#include "stored_history.h"
#include "wire/names.h"
#include "witness.h"
#include "world.h"

// The whole house: guests and members in the same rooms, operators, every verb, every limit, the
// real store on a simulated disk, retention, a wall clock that is set, and a server that is killed,
// loses its power, or is restarted.
//
//   PALABRE_SEED=7 sim_tests --gtest_filter=WholeHouse*      repeats the run of one seed
//   PALABRE_SEEDS=100000 sim_tests --gtest_filter=WholeHouse*

namespace palabre::sim {
namespace {

using std::chrono_literals::operator""min;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr std::size_t kMembers = 3;
constexpr std::size_t kDevices = 4;  // the last is the first member's second device
constexpr std::size_t kAuthors = 1;  // guests that post with IDs until they are answered
constexpr std::size_t kGuests = 4;
constexpr std::size_t kActions = 20;  // of each
constexpr Duration kStory = 40s;
constexpr Duration kPatience = 15min;
constexpr std::int64_t kBegin = 1'800'000'000'000'000;  // of the wall clock
constexpr std::int64_t kHour = 3'600'000'000;

struct Conditions {
  explicit Conditions(std::uint64_t seed) : Conditions(Random(~seed)) {}
  explicit Conditions(Random random)
      : impairment{.loss = random.below(20),
                   .duplication = random.below(20),
                   .delay = Duration(200ms) * static_cast<int>(random.below(4)),
                   .blocking = random.below(2) == 0 ? random.below(50) : 0,
                   .batch = 1 + random.below(4),
                   .blocked = Duration(100ms) * static_cast<int>(random.below(4))},
        pipework{.delay = Duration(50ms) * static_cast<int>(random.below(5)),
                 .window = 600 + random.below(4000),
                 .idle = Duration(5s) * static_cast<int>(1 + random.below(4))},
        pace{.quick = random.below(90),
             .commit_delay = Duration(20ms) * static_cast<int>(random.below(8)),
             .read_delay = Duration(20ms) * static_cast<int>(random.below(8))},
        sizes{.tail_bytes = 200 + random.below(3000),
              .rest_bytes = random.below(800),
              .past_burst_bytes = 50 + random.below(2000),
              .past_bytes = 200 + random.below(8000)},
        member_sizes{.tail_bytes = 200 + random.below(3000),
                     .chunk_bytes = 50 + random.below(1000),
                     .slice_bytes = 50 + random.below(2000)},
        crashes(random.below(4)),
        disk_faults(random.below(4)),
        cuts(random.below(8)),
        decisions(random.below(12)),
        clock_changes(random.below(3)) {
    limits.idle = 2min;
    limits.idle_warning = 20s;
    if (random.chance(50)) limits.rooms = 3 + random.below(4);
    if (random.chance(50)) limits.guests = 2 + random.below(4);
    if (random.chance(30)) limits.sessions_of_member = 1;
    if (random.chance(50)) limits.rooms_of_session = 2 + random.below(3);
    if (random.chance(50)) limits.rooms_of_member = 3 + random.below(3);
    if (random.chance(50)) limits.rooms_put_in = random.below(2);
    if (random.chance(50)) limits.records_of_session = 1;
    if (random.chance(50)) limits.topics_at_once = 1;
    if (random.chance(30)) limits.absent = 1;
    if (random.chance(50)) {
      policy.exempt.clear();
      policy.burst = static_cast<double>(2 + random.below(10));
      policy.per_second = static_cast<double>(1 + random.below(4));
    }
    if (random.chance(40)) keep.count = 3 + random.below(30);
    if (random.chance(40)) keep.bytes = 200 + random.below(3000);
    if (random.chance(40)) keep.age = std::chrono::seconds(5 + random.below(60));
    if (random.chance(60)) {
      keep.floor = random.chance(20) ? std::chrono::seconds(std::chrono::days(7))
                                     : std::chrono::seconds(1 + random.below(60));
    }
    if (random.chance(50)) {
      // Guests come from the LAN, members from anywhere.
      policy.members = guard::Members::kAll;
      policy.trusted = {*guard::Network::parse("10.0.0.0/24")};
      if (random.chance(50))
        policy.posts.from_public = {1.0 + static_cast<double>(random.below(4)), 1};
    }
    store.retention = keep;
    store.sizes.group_drafts = 1 + random.below(6);
    store.sizes.waiting_drafts = 3 + random.below(40);
    store.sizes.wal_pages = static_cast<int>(5 + random.below(60));
    store.sizes.wal_bytes = 4096 * (5 + random.below(60));
    store.sizes.retained_rows = 1 + random.below(20);
    store.sizes.slice_entries = 1 + random.below(20);
    store.sweep_every = Duration(1s) * static_cast<int>(1 + random.below(10)) / Duration(1ms) * 1ms;
    store.forget_every = 5s;
    store.note_clock_every = 10s;
  }

  Impairment impairment;
  Pipework pipework;
  StoredHistory::Pace pace;
  server::Feed::Sizes sizes;
  server::MemberFeed::Sizes member_sizes;
  chat::Limits limits;
  guard::Policy policy = World::open_to_all();
  store::Retention keep;
  store::Options store;
  std::uint64_t crashes;
  std::uint64_t disk_faults;
  std::uint64_t cuts;
  std::uint64_t decisions;
  std::uint64_t clock_changes;
};

/// Counts of the events of all runs, so that a rule that is never tried is seen.
struct Met {
  std::uint64_t kept = 0;
  std::uint64_t shown = 0;
  std::uint64_t lines = 0;
  std::uint64_t gaps = 0;
  std::uint64_t refused = 0;
  std::uint64_t decisions = 0;
  std::uint64_t lives = 0;
  std::uint64_t full = 0;
  std::uint64_t held = 0;
};

struct Outcome {
  std::vector<std::string> broken;
  Met met;
  std::string trace;
};

class Story {
 public:
  explicit Story(std::uint64_t seed)
      : conditions_(seed),
        disk_(Random(seed ^ 0x5EEDU)),
        ledger_(conditions_.keep, [this] { return now(); }),
        model_(kMembers,
               {[this] { return now(); }, [this] { return wall().microseconds; },
                [this] { return world_ && world_->is_ready() ? &world_->hub() : nullptr; }}),
        witness_(ledger_.journal(), [this](const auto& room, auto from, auto to) {
          return ledger_.may_be_gone(room, from, to);
        }) {
    world_ = std::make_unique<World>(seed, conditions_.limits, conditions_.impairment,
                                     conditions_.policy, rooms());
    witness_.forbid(HouseModel::kDen);
    witness_.forbid(std::string(chat::kRegistryRoom));
    world_->on_read = [this](const Address& from, const std::string& bytes) {
      if (const auto text = says_.find(bytes); text != says_.end()) {
        witness_.said(from.label(), text->second);
      }
      const auto author = authors_.find(from.label());
      if (author != authors_.end() && bytes.ends_with(author->second.bytes)) {
        witness_.posted(from.label(), author->second.bytes);
      }
    };
    world_->on_sent = [this](const Address& to, const std::string& bytes) {
      witness_.sent(to.label(), bytes, now());
      world_->carry([this, to, bytes] { hear(to, bytes); });
    };
  }

  Outcome play() {
    plan_guests();
    for (std::size_t i = 0; i < kDevices; ++i) {
      devices_.push_back(std::make_unique<Device>(
          Device::Surroundings{*world_, ledger_, model_}, i, i % kMembers,
          *Address::parse(fmt::format("10.0.{}.{}", 1 + i % 2, i + 1), 4000)));
      for (std::size_t action = 0; action < kActions; ++action) {
        world_->after(some(kStory), [&device = *devices_.back()] { device.act(); });
      }
    }
    plan_troubles();
    world_->after(1s, [this] { look(); });
    world_->run_until(now() + kStory);
    calm_down();
    while (!has_settled() && now().time_since_epoch() < kPatience) world_->run_until(now() + 5s);
    Outcome outcome;
    for (const auto& device : devices_) device->audit(outcome.broken);
    end(outcome);
    return outcome;
  }

 private:
  struct Author {
    Address address;
    std::size_t posts = 0;
    std::string id;  ///< of the one that waits for its answer
    std::string bytes;
  };

  Random& random() { return world_->random(); }
  Instant now() const { return world_ ? world_->now() : Instant{}; }
  std::int64_t machine_wall() const { return kBegin + set_forward_ + boot(); }
  std::int64_t boot() const {
    return std::chrono::floor<std::chrono::microseconds>(now().time_since_epoch()).count();
  }
  /// As the server sees it: it never goes back.
  WallTime wall() {
    if (!forward_) return {machine_wall()};
    return {forward_->look(machine_wall(), boot())};
  }

  Rooms rooms() {
    Rooms rooms;
    rooms.keeping.promise.kept = true;
    rooms.sizes = conditions_.sizes;
    rooms.members = conditions_.pipework;
    rooms.member_sizes = conditions_.member_sizes;
    rooms.wall = [this] { return wall(); };
    rooms.open_history = [this](const Outside& outside) { return open(outside); };
    rooms.access = [this] {
      chat::Access access;
      access.by_invitation.insert({HouseModel::kDen});
      access.reserved_nicks = {wire::parse_nick("server")->key};
      access.kept_rooms = kept_rooms_;
      return access;
    };
    return rooms;
  }

  std::unique_ptr<chat::History> open(const Outside& outside) {
    if (disk_.ended()) disk_.restart();
    ledger_.saw(machine_wall());
    auto opened = StoredHistory::open(
        disk_, conditions_.store, conditions_.pace, outside,
        {.now = [this] { return now(); },
         .wall =
             [this] {
               ledger_.saw(machine_wall());
               return machine_wall();
             }},
        {.appended =
             [this](const chat::RoomName& room, const chat::Draft& draft) {
               ledger_.appended(room, draft);
               model_.appended(room, draft);
             },
         .took =
             [this](const chat::RoomName& room, const chat::LogEvent& event) {
               ledger_.took(room, event);
               const auto* const refused = std::get_if<chat::NotKept>(&event);
               if (refused == nullptr) return;
               world_->note(fmt::format("{} does not keep «{}» of {}: trouble {}", room.text,
                                        refused->draft.message->text.substr(0, 40),
                                        refused->draft.author.substr(0, 20),
                                        static_cast<int>(refused->trouble)));
             }});
    if (!opened) {
      // Damage would be ours: this disk loses nothing that was synced.
      if (!disk_.ended() && opened.error().exit_code == EX_DATAERR) {
        broken_.push_back("the store is refused: " + opened.error().sentence);
      }
      return nullptr;
    }
    ledger_.inspect(disk_.store(), SqliteDisk::kName, machine_wall());
    kept_rooms_ = (*opened)->store().rooms();
    std::ranges::sort(kept_rooms_);
    forward_.emplace((*opened)->store().latest_wall(), machine_wall(), boot());
    (*opened)->on_failure = [this] { fall(some(3s)); };
    return std::move(*opened);
  }

  Duration some(Duration most) {
    return Duration(random().below(static_cast<std::uint64_t>(most.count()) + 1));
  }

  /// The server ends here; what its disk says is what is left.
  void fall(Duration down) {
    witness_.crashed();
    model_.crashed();
    world_->crash(down);
  }

  void end_server() {
    world_->note("the server is ended");
    switch (random().below(3)) {
      case 0:
        disk_.end(SqliteDisk::End::kKilled);
        break;
      case 1:
        disk_.end(SqliteDisk::End::kPowerCut);
        break;
      default:
        world_->close_server();
    }
    fall(some(4s));
  }

  void plan_troubles() {
    for (std::uint64_t i = 0; i < conditions_.crashes; ++i) {
      world_->after(some(kStory), [this] { end_server(); });
    }
    for (std::uint64_t i = 0; i < conditions_.disk_faults; ++i) {
      world_->after(some(kStory), [this] { fail_disk(); });
    }
    for (std::uint64_t i = 0; i < conditions_.cuts; ++i) {
      world_->after(some(kStory), [this] { random().pick(devices_)->cut(); });
    }
    for (std::uint64_t i = 0; i < conditions_.decisions; ++i) {
      world_->after(some(kStory), [this] { decide(model_.draw_request(random())); });
    }
    for (std::uint64_t i = 0; i < conditions_.clock_changes; ++i) {
      world_->after(some(kStory), [this] {
        set_forward_ += kHour * (static_cast<std::int64_t>(random().below(100)) - 50);
      });
    }
  }

  void fail_disk() {
    using Fault = SqliteDisk::Fault;
    static constexpr std::array kFaults{Fault::kKilled, Fault::kPowerCut, Fault::kWriteFails,
                                        Fault::kSyncFails};
    if (random().chance(70)) {
      const Fault fault = random().pick(kFaults);
      world_->note(fmt::format("the disk is to fail: {}", static_cast<int>(fault)));
      return disk_.plan(fault, 1 + random().below(30));
    }
    world_->note("the disk is full");
    disk_.set_full(true);
    world_->after(some(10s), [this] { disk_.set_full(false); });
  }

  void decide(const server::ControlRequest& request) {
    if (!world_->is_up()) return;
    world_->note("an operator asks: " + request.line + " " + request.target);
    world_->operate(request, model_.asked(request));
  }

  /// No more troubles: everybody is to come to rest.
  void calm_down() {
    disk_.plan_nothing();
    disk_.set_full(false);
    is_calm_ = true;
    // Two devices of a member that may have one would send each other away for ever.
    if (conditions_.limits.sessions_of_member == 1) devices_.back()->quit();
    for (int seconds = 10; seconds < 120; seconds += 20) {
      world_->after(Duration(1s) * seconds, [this] {
        disk_.set_full(false);
        disk_.plan_nothing();
        for (const auto& request : model_.amnesty()) decide(request);
      });
    }
  }

  bool has_settled() {
    return now().time_since_epoch() > kStory + 150s &&
           std::ranges::all_of(authors_,
                               [](const auto& author) { return author.second.id.empty(); }) &&
           std::ranges::all_of(devices_, [](const auto& device) { return device->has_settled(); });
  }

  void look() {
    model_.look();
    if (devices_.empty()) return;
    world_->after(1s, [this] { look(); });
  }

  void end(Outcome& outcome) {
    for (const auto& [label, author] : authors_) {
      if (!author.id.empty()) outcome.broken.push_back(label + " is never answered " + author.id);
    }
    for (const auto& device : devices_) device->quit();
    world_->run_until(now() + 4min);  // the silent go
    if (world_->online() != 0) {
      outcome.broken.push_back(fmt::format("{} are online at the end", world_->online()));
    }
    witness_.audit();
    outcome.met = {ledger_.journal().all().size(),
                   0,
                   witness_.counts().lines,
                   witness_.counts().gaps,
                   0,
                   model_.decisions,
                   world_->lives(),
                   ledger_.full(),
                   model_.checked};
    for (const auto& device : devices_) {
      outcome.met.shown += device->seen();
      outcome.met.refused += device->refused();
    }
    outcome.trace = world_->trace();
    // A server that is stopped leaves all of it.
    world_->close_server();
    world_->crash(10min);
    ledger_.inspect(disk_.store(), SqliteDisk::kName, machine_wall());
    ledger_.is_at_rest();
    for (const auto& found : {ledger_.broken(), model_.broken(), witness_.broken(), broken_}) {
      outcome.broken.insert(outcome.broken.end(), found.begin(), found.end());
    }
  }

  // Guests.

  void plan_guests() {
    for (std::size_t i = 0; i < kGuests; ++i) {
      // Two of them share an address.
      const auto guest = *Address::parse(fmt::format("10.0.0.{}", 1 + i / 2),
                                         static_cast<std::uint16_t>(40000 + i));
      model_.knows(guest.label());
      if (i < kAuthors) {
        authors_[guest.label()].address = guest;
        world_->after(some(2s), [this, guest] { begin_post(authors_[guest.label()]); });
      } else {
        for (std::size_t action = 0; action < kActions; ++action) {
          world_->after(some(kStory),
                        [this, guest] { world_->send_to_server(guest, write_something()); });
        }
      }
    }
  }

  std::string words() {
    std::string text = fmt::format("word {}", ++words_);
    if (random().chance(10)) text += " " + std::string(1 + random().below(1300), 'x');
    return text;
  }

  void begin_post(Author& author) {
    if (author.posts >= kActions || is_calm_) return;
    author.id = fmt::format("id-{}", ++author.posts);
    const std::string text = fmt::format("word {}", ++words_);
    author.bytes = fmt::format("/post {} {}\n", author.id, text);
    witness_.will_post(author.address.label(), author.id, text);
    repeat_post(author, author.id);
  }

  void repeat_post(Author& author, const std::string& id) {
    if (author.id != id) return;
    const std::string before = random().chance(15) ? some_command() : "";
    world_->send_to_server(author.address, before + author.bytes);
    world_->after(500ms + some(3s), [this, &author, id] { repeat_post(author, id); });
  }

  void hear(const Address& guest, const std::string& bytes) {
    const auto author = authors_.find(guest.label());
    if (author == authors_.end() || author->second.id.empty()) return;
    if (std::ranges::count(answered_ids(bytes), author->second.id) == 0) return;
    author->second.id.clear();
    world_->after(some(3s), [this, &author = author->second] { begin_post(author); });
  }

  std::string write_something() {
    const std::string commands = random().chance(50) ? some_command() : std::string();
    if (!commands.empty() && random().chance(80)) return commands;
    const std::string text = random().chance(10) ? words() + "\n-- forged" : words();
    const bool is_action = random().chance(15) && text.find('\n') == text.npos;
    const std::string bytes = commands + (is_action ? "/me " : "") + text + "\n";
    says_[bytes] = text;
    return bytes;
  }

  std::string some_command() {
    static const std::vector<std::string> kRooms{"lobby", "lobby", "ops", "den", "r1", "r2", "r3"};
    static const std::vector<std::string> kNicks{"ana", "bob", "zoe", "member0", "server", "n!"};
    switch (random().below(12)) {
      case 0:
      case 1:
      case 2:
        return fmt::format("/join {}\n", random().pick(kRooms));
      case 3:
        return random().chance(85) ? "/ack on\n" : "/ack off\n";
      case 4:
        return random().chance(20) ? "/quit\n" : "\n";
      case 5:
        return random().chance(50) ? "/who\n" : "/no such command\n";
      case 6:
        return random().chance(30) ? "/help\n" : "/join no such room!\n";
      case 7:
        return fmt::format("/topic topic {}\n", random().below(4));
      case 8:
      case 9:
        return fmt::format("/nick {}\n", random().pick(kNicks));
      default:
        break;
    }
    return random().chance(50) ? fmt::format("/history {}\n", 1 + random().below(40))
                               : fmt::format("/from {}\n", random().below(60));
  }

  Conditions conditions_;
  SqliteDisk disk_;
  Ledger ledger_;
  HouseModel model_;
  Witness witness_;
  std::vector<std::string> broken_;
  std::vector<chat::RoomName> kept_rooms_;
  std::int64_t set_forward_ = 0;  // the wall clock, in microseconds
  std::optional<ForwardClock> forward_;
  std::map<std::string, Author> authors_;    // by address
  std::map<std::string, std::string> says_;  // text, by datagram
  std::uint64_t words_ = 0;
  bool is_calm_ = false;
  std::unique_ptr<World> world_;
  std::vector<std::unique_ptr<Device>> devices_;
};

TEST(WholeHouse, KeepsItsPromisesToEverybodyWhateverHappens) {
  const Seeds seeds = seeds_from_environment(100);
  Met all;
  for (std::uint64_t seed = seeds.first; seed <= seeds.last; ++seed) {
    const Outcome outcome = Story(seed).play();
    ASSERT_TRUE(outcome.broken.empty())
        << shown(outcome.broken, seeds.is_one ? outcome.trace : "")
        << fmt::format("to see it again: PALABRE_SEED={} sim_tests --gtest_filter=WholeHouse*",
                       seed);
    all.kept += outcome.met.kept;
    all.shown += outcome.met.shown;
    all.lines += outcome.met.lines;
    all.gaps += outcome.met.gaps;
    all.refused += outcome.met.refused;
    all.decisions += outcome.met.decisions;
    all.lives += outcome.met.lives;
    all.full += outcome.met.full;
    all.held += outcome.met.held;
  }
  // The runs are not empty.
  if (seeds.is_one) return;
  EXPECT_GT(all.kept, seeds.count() * 30);
  EXPECT_GT(all.shown, seeds.count() * 100);
  EXPECT_GT(all.lines, seeds.count() * 20);
  EXPECT_GT(all.gaps, seeds.count() / 10);
  EXPECT_GT(all.refused, seeds.count());
  EXPECT_GT(all.decisions, seeds.count());
  EXPECT_GT(all.lives, seeds.count() * 2);
  EXPECT_GT(all.full, seeds.count() / 50);
  EXPECT_GT(all.held, seeds.count() * 10);
}

TEST(WholeHouse, TellsTheSameStoryForTheSameSeedByteForByte) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    EXPECT_EQ(Story(seed).play().trace, Story(seed).play().trace) << seed;
  }
}

}  // namespace
}  // namespace palabre::sim
