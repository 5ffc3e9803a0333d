#pragma once

#include <cstddef>
#include <source_location>
#include <vector>

#include "cuda/emulation/target.h"

/// cp.async: copies from global to shared memory that arrive later. Each thread has its own copies, in groups.
namespace fno::cu::emulated {

class AsyncCopies {
 public:
  void clear();
  /// Notes a copy of `valid` bytes followed by zeros up to `bytes`; in the mode `early` makes it at once.
  /// `code` is the kernel's address that called, for the race detector.
  void issue(void* shared, const void* global, std::size_t bytes, std::size_t valid, const void* code);
  /// Closes the group of everything issued since the last commit.
  void commit();
  /// Makes the copies of all groups but the newest `pending` ones.
  void wait(std::size_t pending, const void* code);

 private:
  struct Copy {
    void* shared;
    const void* global;
    std::size_t bytes, valid;
  };
  static void make(const Copy& copy, const void* code);

  std::vector<Copy> copies_;         // in order of issue; those before first_ are done
  std::vector<std::size_t> groups_;  // where each group ends in copies_; those before first_group_ are done
  std::size_t first_ = 0, first_group_ = 0;
};

// What kernels call. Reported: a misaligned address, a destination outside the block's shared memory, a source inside.
void async_copy(void* shared, const void* global, unsigned bytes, unsigned valid, const std::source_location& site);
void async_commit();
void async_wait(unsigned pending);

}  // namespace fno::cu::emulated
