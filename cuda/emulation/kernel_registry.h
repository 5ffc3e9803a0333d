#pragma once

#include <string>
#include <vector>

#include "cuda/emulation/target.h"

/// Declares a kernel, or one instantiation of a kernel template, under the name that messages and lists use. Write one
/// such line for each, in full, under the definition: the coverage check reads these lines from the sources.
#define CU_KERNEL(...) CU_KERNEL_DECLARE(CU_KERNEL_NAME(__LINE__), __VA_ARGS__)
#define CU_KERNEL_NAME(line) CU_KERNEL_JOIN(kernel_declaration_, line)
#define CU_KERNEL_JOIN(a, b) a##b
#define CU_KERNEL_DECLARE(variable, ...)                                     \
  [[maybe_unused]] static const ::fno::cu::KernelDeclaration variable {      \
    CU_KERNEL_TEXT(__VA_ARGS__), reinterpret_cast<const void*>(&__VA_ARGS__) \
  }
#define CU_KERNEL_TEXT(...) #__VA_ARGS__

/// Which kernels exist and which of them ran. A test compares the two lists, so that no kernel goes untested.
namespace fno::cu::CU_TARGET {

/// Made by CU_KERNEL before main starts.
class KernelDeclaration {
 public:
  KernelDeclaration(const char* name, const void* address);
};

/// The declared name, or null for a kernel without CU_KERNEL.
[[nodiscard]] const char* kernel_name(const void* address);

/// Called by cu::launch for each launch that was accepted; in emulation not for one whose grid-stride loop had no work
/// left for a second round, so that a loop no test repeats counts as a kernel no test runs.
void record_execution(const void* address);

/// Sorted names of the kernels linked into this program, and of those among them that were launched.
[[nodiscard]] std::vector<std::string> declared_kernels();
[[nodiscard]] std::vector<std::string> executed_kernels();

/// Appends executed_kernels(), one name a line, so that several test programs can share a file.
/// Throws Error{storage} if the file can't be written.
void append_executed_kernels(const std::string& path);

}  // namespace fno::cu::CU_TARGET
