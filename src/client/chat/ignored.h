#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chat/ids.h"

namespace palabre::client {

/// The people of whom the user wants to see nothing: `/ignore NICK`. A member whose id is known is
/// ignored by it, under any nickname and on any device. Everybody else is ignored by name; a member
/// is recognised by id from its first message on.
class Ignored {
 public:
  /// Someone as seen in a message or in a list.
  struct Person {
    std::string_view name;  ///< as shown; a guest's ends with a star, or is an address
    chat::AuthorId id = {};
  };

  bool is_empty() const { return entries_.empty(); }
  /// The names as typed, in the order in which they were ignored.
  std::vector<std::string> names() const;
  /// Ignores the person that the user calls `typed`, or ends that and returns false. `seen`: who
  /// was seen last under that name; no name: nobody.
  bool toggle(std::string_view typed, const Person& seen);
  /// Whether nothing of this person is to be shown.
  bool hides(const Person& person);

 private:
  struct Entry {
    std::string typed;
    std::string key;  ///< `name_key`
    chat::AuthorId id;
    bool is_guest = false;  ///< it can only be a guest
  };

  std::vector<Entry> entries_;
};

}  // namespace palabre::client
