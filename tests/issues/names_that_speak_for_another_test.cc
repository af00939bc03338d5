#include <gtest/gtest.h>

#include "wire/names.h"

namespace palabre::wire {
namespace {

bool is_reserved(const char* name) { return reserved_nick_keys().contains(parse_nick(name)->key); }

TEST(AReservedName, IsSoHoweverItIsWritten) {
  for (const char* name :
       {"you", "You", "YOU", "y\xD0\xBEu", "Server", "serveur", "ADMIN", "adm1n", "r00t", "palabre",
        "Palabre", "everybody", "Op\xC3\xA9rateur", "lobby"}) {
    EXPECT_TRUE(is_reserved(name)) << name;
  }
}

TEST(AReservedName, IsNoOther) {
  for (const char* name : {"yourself", "awa", "administra", "root-vm", "servers", "youri"}) {
    EXPECT_FALSE(is_reserved(name)) << name;
  }
}

}  // namespace
}  // namespace palabre::wire
