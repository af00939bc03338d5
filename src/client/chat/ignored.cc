#include "client/chat/ignored.h"

#include <algorithm>

#include "client/chat/chat_words.h"

namespace palabre::client {
namespace {

bool is_guests(std::string_view name) { return name.ends_with('*') || name.starts_with('['); }

}  // namespace

std::vector<std::string> Ignored::names() const {
  std::vector<std::string> names;
  for (const Entry& entry : entries_) names.push_back(entry.typed);
  return names;
}

bool Ignored::toggle(std::string_view typed, const Person& seen) {
  const std::string key = name_key(typed);
  // A member that was ignored under an earlier nickname has the same id.
  const bool was_there =
      std::erase_if(entries_, [&](const Entry& entry) {
        return entry.key == key || (seen.id != chat::AuthorId{} && entry.id == seen.id);
      }) > 0;
  if (was_there) return false;
  const bool is_guest = is_guests(typed) || is_guests(seen.name);
  entries_.push_back(
      {std::string(typed), key, is_guests(typed) ? chat::AuthorId{} : seen.id, is_guest});
  return true;
}

bool Ignored::hides(const Person& person) {
  if (entries_.empty() || person.name.empty()) return false;
  const std::string key = name_key(person.name);
  for (Entry& entry : entries_) {
    if (entry.id != chat::AuthorId{} && person.id != chat::AuthorId{}) {
      if (entry.id == person.id) return true;
      continue;
    }
    // One of the two ids is unknown, so the name has to do. A member is no guest of this name.
    const bool may_be_guest = entry.id == chat::AuthorId{};
    const bool may_be_member = !entry.is_guest;
    if (entry.key != key || !(is_guests(person.name) ? may_be_guest : may_be_member)) continue;
    if (entry.id == chat::AuthorId{}) entry.id = person.id;
    return true;
  }
  return false;
}

}  // namespace palabre::client
