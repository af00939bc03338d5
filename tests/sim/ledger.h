#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "chat/history.h"
#include "disk.h"
#include "retention_judge.h"
#include "store/retention.h"

namespace palabre::sim {

/// The promises of a store, and a check of them: hears every draft and every answer, and looks at
/// the files when a server starts. Maps and loops, and nothing of the store's own.
///
/// - A message that was answered as kept is in the files at every later start, with its text,
///   unless the retention allows that it is gone.
/// - A draft that was answered as not kept is never there; none is refused for a full room but
///   those of the network with the most in it.
/// - A room's numbers are 1, 2, 3, ..., each given once.
/// - Nothing is there that nobody wrote.
class Ledger {
 public:
  /// The author in the journal of a message that was kept, never told, and removed again.
  static constexpr const char* kNobody = "?";

  Ledger(store::Retention policy, std::function<Instant()> now)
      : now_(std::move(now)), judge_(policy, journal_) {}

  void appended(const chat::RoomName& room, const chat::Draft& draft);
  void took(const chat::RoomName& room, const chat::LogEvent& event);
  /// A server opens the store of this path, which lies on the disk of `vfs`. `wall`: the latest
  /// time that any server on it has seen.
  void inspect(const std::filesystem::path& store, const std::string& vfs, std::int64_t wall);
  /// The store has had the time to make place everywhere. After `inspect`.
  void is_at_rest();
  /// The wall clock was this late, at some time.
  void saw(std::int64_t wall) { latest_wall_ = std::max(latest_wall_, wall); }

  const Journal& journal() const { return journal_; }
  /// Whether the retention allows that these messages are gone by now, the last one included.
  bool may_be_gone(const std::string& room, std::uint64_t from, std::uint64_t to) const {
    return judge_.may_be_gone(room, from, to, latest_wall_);
  }
  /// Whether the text was ever found to be kept.
  bool is_kept(const std::string& text) const;
  const std::vector<std::string>& broken() const { return broken_; }
  /// Drafts that were refused because their room is full.
  std::uint64_t full() const { return full_; }

 private:
  struct Attempts {
    std::string author;
    std::optional<std::string> id;
    std::string owner;
    std::optional<Network> network;
    std::size_t appended = 0;
    std::size_t refused = 0;
  };

  void on(const chat::RoomName& room, const chat::Advanced& advanced);
  void on(const chat::RoomName& room, const chat::Repeated& repeated);
  void on(const chat::RoomName& room, const chat::NotKept& not_kept);
  void on(const chat::RoomName& /*room*/, const chat::Removed& /*removed*/) {}
  void add(const std::string& room, std::uint64_t number, const chat::Message& message,
           std::int64_t kept_at);
  /// In the room a text is a draft; the registry may keep the same line again.
  static std::string key_of(const std::string& room, const std::string& text) {
    return room == chat::kRegistryRoom ? room + " " + text : text;
  }
  void break_(std::string what) { broken_.push_back(std::move(what)); }

  const std::function<Instant()> now_;
  Journal journal_;
  RetentionJudge judge_;
  std::map<std::string, Attempts> drafts_;                                // by `key_of`
  std::map<std::pair<std::uint64_t, std::string>, std::string> authors_;  // by session and id
  std::int64_t latest_wall_ = 0;
  std::uint64_t full_ = 0;
  std::vector<std::string> broken_;
};

}  // namespace palabre::sim
