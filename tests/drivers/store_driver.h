#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "drivers/temporary_folder.h"
#include "store/log_file.h"
#include "store/sqlite_history.h"

namespace palabre::store {

/// A folder for a store.
class TestFolder : public TemporaryFolder {
 public:
  std::filesystem::path store() const { return path() / "rooms"; }
};

/// Plays the hub for a history, on one thread, and waits for its wake-up as the event loop does.
class StoreTestDriver {
 public:
  static constexpr std::int64_t kDay = 86'400'000'000;

  explicit StoreTestDriver(const std::filesystem::path& path) { options.path = path; }
  ~StoreTestDriver() { stop(); }  // before the members that `wake` uses are destroyed
  StoreTestDriver(const StoreTestDriver&) = delete;
  StoreTestDriver& operator=(const StoreTestDriver&) = delete;

  /// The error sentence; nothing where the store has opened.
  std::optional<std::string> start() {
    Outside outside{.wake = [this] { wake(); },
                    .random = [this] { return ++last_random; },
                    .wall_clock = [this] { return wall_clock.load(); },
                    .vfs = vfs,
                    .boot_clock = [this] { return boot_clock.load(); },
                    .space =
                        [this](const auto& /*file*/) {
                          return DiskSpace{1000, free_of_1000.load()};
                        }};
    auto opened = SqliteHistory::open(options, outside);
    if (!opened) return opened.error().sentence;
    history = std::move(*opened);
    rooms = 0;
    return std::nullopt;
  }
  void stop() { history.reset(); }
  void restart() {
    stop();
    const auto refusal = start();
    ASSERT_FALSE(refusal) << *refusal;
  }

  chat::RoomId open(const std::string& name) {
    const chat::RoomId room{++rooms};
    cursor = history->open(room, {name});
    return room;
  }

  static chat::Draft draft(chat::RoomId room, const std::string& text,
                           const std::string& author = "[10.0.0.1:1]",
                           const std::optional<std::string>& id = std::nullopt) {
    chat::Draft made;
    made.room = room;
    made.message =
        std::make_shared<const chat::Message>(chat::Message{chat::Kind::kText, "ada*", text});
    made.author = author;
    if (id) made.id = chat::MessageId{*id};
    return made;
  }

  enum class Until { kAllHaveCome, kAllHaveComeOrItFailed };
  /// Waits for `count` events.
  std::vector<chat::LogEvent> events(std::size_t count,
                                     Until until = Until::kAllHaveComeOrItFailed) {
    std::vector<chat::LogEvent> all;
    wait([&] {
      for (auto& event : history->take_events()) all.push_back(std::move(event));
      return all.size() >= count || (until == Until::kAllHaveComeOrItFailed && history->failure());
    });
    return all;
  }
  /// The answer to one message, appended now; nothing where none comes.
  std::optional<chat::LogEvent> post(chat::Draft made) {
    history->append(std::move(made));
    auto all = events(1);
    if (all.empty()) return std::nullopt;
    return std::move(all.front());
  }
  /// `draft` by a member, perhaps from a public network: `2001:db8::/64`.
  static chat::Draft draft_of(chat::RoomId room, const std::string& owner, const std::string& text,
                              const std::string& network = "") {
    chat::Draft made = draft(room, text, owner);
    made.owner = owner;
    if (!network.empty()) made.network = Network::parse(network);
    return made;
  }
  /// The message's number; 0 where it was not kept.
  std::uint64_t say(chat::RoomId room, const std::string& text) {
    return number_of(post(draft(room, text)));
  }
  static std::uint64_t number_of(const std::optional<chat::LogEvent>& event) {
    const bool is_kept = event && !std::holds_alternative<chat::NotKept>(*event);
    return is_kept ? kept(*event).number.value : 0;
  }
  /// A draft that is in the log, now or from before. `kept` throws where it is not.
  struct InLog {
    chat::RoomId room;
    chat::Number number;
    WallTime kept_at;
    chat::DraftRef draft;
    bool repeated = false;
  };
  static InLog kept(const chat::LogEvent& event) {
    if (const auto* again = std::get_if<chat::Repeated>(&event)) {
      return {again->room, again->number, again->kept_at, again->draft, true};
    }
    const auto& advanced = std::get<chat::Advanced>(event);
    return {advanced.room, advanced.number, advanced.kept_at, advanced.draft.value(), false};
  }

  chat::Slice read(chat::RoomId room, std::uint64_t after, std::size_t bytes = 1 << 20) {
    history->read({{}, room, {after}, bytes});
    std::vector<chat::Slice> slices;
    wait([&] {
      slices = history->take_slices();
      return !slices.empty();
    });
    return slices.empty() ? chat::Slice{} : std::move(slices.front());
  }
  /// `1 hello|2-4 expired|5 world`, from 1 to the end.
  std::string all_of(const std::string& name) {
    const chat::RoomId room = open(name);
    std::string said;
    std::uint64_t after = 0;
    while (after < cursor.number.value) {
      const chat::Slice slice = read(room, after);
      if (slice.up_to.value <= after) return said + "|stuck";
      for (const auto& entry : slice.entries) said += (said.empty() ? "" : "|") + in_words(entry);
      after = slice.up_to.value;
    }
    history->close(room);
    return said;
  }
  static std::string in_words(const std::variant<chat::PastMessage, chat::Missing>& entry) {
    if (const auto* const past = std::get_if<chat::PastMessage>(&entry)) {
      const bool is_removed = past->message->kind == chat::Kind::kRemoved;
      return std::to_string(past->number.value) + " " +
             (is_removed ? "removed" : past->message->text);
    }
    const auto& missing = std::get<chat::Missing>(entry);
    const char* const why = missing.why == chat::Missing::Why::kExpired   ? "expired"
                            : missing.why == chat::Missing::Why::kDamaged ? "damaged"
                                                                          : "unread";
    return std::to_string(missing.from.value) + "-" + std::to_string(missing.to.value) + " " + why;
  }

  /// A look at the store's files finds no damage.
  void expect_sound() const {
    auto file = LogFile::open(options.path);
    ASSERT_TRUE(file);
    const auto findings = file->check().findings;
    EXPECT_TRUE(findings.empty()) << findings.front();
  }

  template <typename Done>
  void wait(Done done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done()) {
      std::unique_lock lock(mutex_);
      if (!woken_.wait_until(lock, end, [this] { return is_woken_; })) {
        ADD_FAILURE() << "nothing came";
        return;
      }
      is_woken_ = false;
    }
  }
  void wake() {
    {
      const std::lock_guard lock(mutex_);
      is_woken_ = true;
    }
    woken_.notify_one();
  }

  Options options;
  std::string vfs;
  std::uint64_t last_random = 1000;
  std::atomic<std::int64_t> wall_clock{1'800'000'000'000'000};
  std::atomic<std::int64_t> boot_clock{0};
  std::atomic<std::uint64_t> free_of_1000{1000};  ///< of the disk
  std::unique_ptr<SqliteHistory> history;
  std::uint64_t rooms = 0;
  chat::Cursor cursor;  ///< the result of the last `open`

 private:
  std::mutex mutex_;
  std::condition_variable woken_;
  bool is_woken_ = false;
};

}  // namespace palabre::store
