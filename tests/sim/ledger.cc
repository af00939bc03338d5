#include "ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <variant>

#include "store/database.h"
#include "store/log_reader.h"
#include "store/rows.h"

namespace palabre::sim {

void Ledger::appended(const chat::RoomName& room, const chat::Draft& draft) {
  Attempts& attempts = drafts_[key_of(room.text, draft.message->text)];
  // A draft that is barred is looked up, and not kept.
  ++attempts.appended;
  if (draft.bar == chat::Draft::Bar::kNone || attempts.appended == 1) {
    attempts.author = draft.author;
    attempts.id = draft.id ? std::optional(draft.id->text) : std::nullopt;
    attempts.owner = draft.owner;
    attempts.network = draft.network;
  }
  if (draft.id)
    authors_[{draft.session.value << 8U | draft.session.door.value, draft.id->text}] = draft.author;
}

void Ledger::took(const chat::RoomName& room, const chat::LogEvent& event) {
  std::visit([&](const auto& one) { on(room, one); }, event);
}

void Ledger::on(const chat::RoomName& room, const chat::Advanced& advanced) {
  const std::uint64_t due = journal_.end(room.text) + 1;
  if (advanced.number.value != due) {
    return break_(
        fmt::format("{} of {} is given where {} is due", advanced.number.value, room.text, due));
  }
  if (!advanced.on_disk) break_(fmt::format("#{} of {} is not kept", due, room.text));
  add(room.text, due, *advanced.message, advanced.kept_at.microseconds);
}

void Ledger::add(const std::string& room, std::uint64_t number, const chat::Message& message,
                 std::int64_t kept_at) {
  const auto draft = drafts_.find(key_of(room, message.text));
  if (draft == drafts_.end()) {
    return break_(fmt::format("#{} of {} was never written: {}", number, room, message.text));
  }
  const Attempts& attempts = draft->second;
  if (room != chat::kRegistryRoom && attempts.refused >= attempts.appended) {
    break_(fmt::format("#{} of {} was refused, and is there: {}", number, room, message.text));
  }
  journal_.add({.room = room,
                .number = number,
                .author = attempts.author,
                .id = attempts.id,
                .line = line_of(message),
                .text = message.text,
                .when = now_(),
                .kept_at = kept_at,
                .bytes = message.author.size() + message.text.size(),
                // The registry's lines are the server's own.
                .owner = attempts.owner.empty() ? "the server" : attempts.owner,
                .network = attempts.network});
}

void Ledger::on(const chat::RoomName& room, const chat::Repeated& repeated) {
  const auto& ref = repeated.draft;
  const auto author =
      authors_.find({ref.session.value << 8U | ref.session.door.value, ref.id ? ref.id->text : ""});
  const Commit* const commit =
      author == authors_.end() ? nullptr : journal_.find(author->second, ref.id->text);
  const Commit* const there = journal_.find(room.text, repeated.number.value);
  if (commit == nullptr && there != nullptr && there->author == kNobody) return;
  if (commit == nullptr || commit->number != repeated.number.value) {
    break_(fmt::format("a draft for {} is said to be #{} already, and is not", room.text,
                       repeated.number.value));
  }
}

void Ledger::on(const chat::RoomName& room, const chat::NotKept& not_kept) {
  const chat::Draft& draft = not_kept.draft;
  const std::size_t bytes = draft.message->author.size() + draft.message->text.size();
  const bool is_wrong = not_kept.trouble == chat::Trouble::kAllFull ||
                        (not_kept.trouble == chat::Trouble::kRoomFull &&
                         !judge_.may_be_full_for(room.text, draft.owner, draft.network, bytes));
  if (not_kept.trouble == chat::Trouble::kRoomFull) ++full_;
  if (is_wrong) break_(fmt::format("{} is said to be full for {}", room.text, draft.author));
  ++drafts_.at(key_of(room.text, not_kept.draft.message->text)).refused;
}

bool Ledger::is_kept(const std::string& text) const {
  const auto& all = journal_.all();
  return std::ranges::any_of(all, [&](const Commit& commit) { return commit.text == text; });
}

void Ledger::inspect(const std::filesystem::path& path, const std::string& vfs, std::int64_t wall) {
  saw(wall);
  auto database = store::Database::open(path, store::Database::Mode::kRead, vfs);
  auto again = store::Database::open(path, store::Database::Mode::kRead, vfs);
  if (!database || !again) return;
  auto rooms = database->prepare(store::kSelectRooms);
  auto reader = store::LogReader::over(std::move(*again));
  if (!rooms || !reader) return break_("the store cannot be read");
  store::RowHasher hasher;
  std::map<std::string, std::uint64_t> ends;
  std::map<std::string, std::set<std::uint64_t>> gone;
  while (rooms->step().value_or(false)) {
    const store::ReadRoom room = store::read_room(*rooms, hasher);
    const std::string& name = room.row.name;
    if (!room.sound) break_("the row of " + name + " is damaged");
    ends[name] = room.row.next - 1;
    const std::uint64_t end = journal_.end(name);
    if (end >= room.row.next) {
      break_(fmt::format("{} has lost #{} to #{}", name, room.row.next, end));
    }
    chat::Number after{0};
    while (after.value + 1 < room.row.next) {
      const chat::Slice slice =
          reader->read({room.row.id, after, {room.row.next - 1}, std::size_t{1} << 20, 4096});
      for (const auto& entry : slice.entries) {
        if (const auto* missing = std::get_if<chat::Missing>(&entry)) {
          for (std::uint64_t n = missing->from.value; n <= missing->to.value; ++n) {
            if (missing->why != chat::Missing::Why::kExpired) {
              break_(fmt::format("#{} of {} is damaged", n, name));
            } else if (journal_.find(name, n) == nullptr && n > end) {
              // Kept, never told, and gone again.
              journal_.add({.room = name,
                            .number = n,
                            .author = kNobody,
                            .id = {},
                            .line = "",
                            .text = "",
                            .when = now_()});
            } else {
              gone[name].insert(n);
            }
          }
          continue;
        }
        const auto& past = std::get<chat::PastMessage>(entry);
        const Commit* const commit = journal_.find(name, past.number.value);
        if (commit == nullptr) {
          add(name, past.number.value, *past.message, past.kept_at.microseconds);
        } else if (commit->text != past.message->text && !commit->text.empty()) {
          break_(fmt::format("#{} of {} is another text: {}", commit->number, name,
                             past.message->text));
        }
      }
      if (slice.up_to <= after) break;
      after = slice.up_to;
    }
  }
  // Messages that were kept and never acknowledged count, too.
  for (const auto& [name, numbers] : gone) {
    for (const std::uint64_t number : judge_.wrongly_gone(name, numbers, latest_wall_)) {
      break_(fmt::format("#{} of {}, which ends at {}, is gone before its time", number, name,
                         journal_.end(name)));
    }
  }
  for (const std::string& name : journal_.rooms()) {
    if (journal_.end(name) > 0 && !ends.contains(name)) break_(name + " is gone");
  }
}

void Ledger::is_at_rest() {
  for (const std::string& name : journal_.rooms()) {
    if (name != chat::kRegistryRoom && judge_.is_over(name)) break_(name + " has too much");
  }
}

}  // namespace palabre::sim
