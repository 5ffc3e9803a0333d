#include "cuda/libraries/shared_library.h"

#include <cstdlib>
#include <dlfcn.h>
#include <link.h>
#include <vector>

namespace fno::cuda::CU_TARGET {
namespace {

std::vector<std::string> folders() {
  if (const char* only = std::getenv("FNO_CUDA_LIBRARY_PATH")) return {only};
  std::vector<std::string> all{""};  // the loader's own way
  for (const char* variable : {"CUDA_HOME", "CUDA_PATH"})
    if (const char* home = std::getenv(variable))
      for (const char* sub : {"/lib64", "/lib"}) all.push_back(std::string(home) + sub);
  for (const char* folder : {"/usr/local/cuda/lib64", "/usr/local/cuda/lib"}) all.emplace_back(folder);
  return all;
}

}  // namespace

SharedLibrary::SharedLibrary(const std::string& name) : name_(name) {
  const std::vector<std::string> all = folders();
  for (const std::string& folder : all) {
    handle_ = dlopen((folder.empty() ? name : folder + "/" + name).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle_ != nullptr) {
      link_map* map = nullptr;
      path_ = dlinfo(handle_, RTLD_DI_LINKMAP, &map) == 0 ? map->l_name : name;
      return;
    }
    // A file that is there and does not load says more than those that are not.
    const char* error = dlerror();
    const std::string said = error != nullptr ? error : "";
    if (problem_.empty() && said.find("No such file") == std::string::npos) problem_ = name + ": " + said;
  }
  if (problem_.empty()) {
    problem_ = name + " not found by the loader";
    if (all.size() == 1) problem_ = name + " not found in FNO_CUDA_LIBRARY_PATH";
    for (std::size_t i = 0; i < all.size(); ++i)
      if (!all[i].empty()) problem_ += (all.size() == 1 ? ", " : i == 1 ? " nor in " : ", ") + all[i];
  }
}

void* SharedLibrary::address(const char* function) {
  if (handle_ == nullptr) return nullptr;
  void* const found = dlsym(handle_, function);
  if (found == nullptr && problem_.empty()) problem_ = path_ + " lacks the function " + function;
  return found;
}

}  // namespace fno::cuda::CU_TARGET
