# SPDX-License-Identifier: MIT
# Warnings, sanitizers and speed as INTERFACE targets: nothing is added to CMAKE_C_FLAGS.
add_library(ut_flags INTERFACE)
target_compile_options(ut_flags INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wdouble-promotion -Wstrict-prototypes -Wvla -Wundef
  -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -fno-math-errno -ffp-contract=off
  $<$<BOOL:${UT_WERROR}>:-Werror>)
if(UT_SANITIZE STREQUAL "address" OR UT_SANITIZE STREQUAL "fuzzer")
  set(san -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(UT_SANITIZE STREQUAL "fuzzer")
    list(APPEND san -fsanitize=fuzzer-no-link)
  endif()
elseif(UT_SANITIZE STREQUAL "thread")
  set(san -fsanitize=thread -fno-omit-frame-pointer)
elseif(UT_SANITIZE)
  message(FATAL_ERROR "UT_SANITIZE=${UT_SANITIZE} is not known: use address, thread or fuzzer")
endif()
if(san)
  list(APPEND san $<$<NOT:$<CONFIG:Debug>>:-O1>) # They cost the optimizer half of a build's time.
  target_compile_options(ut_flags INTERFACE ${san})
  target_link_options(ut_flags INTERFACE ${san})
  target_compile_definitions(ut_flags INTERFACE UT_NO_CLONES) # ifunc resolvers run before the sanitizer
endif()
if(UT_COVERAGE)
  target_compile_options(ut_flags INTERFACE --coverage -O0 -fprofile-update=atomic) # Threads count together.
  target_link_options(ut_flags INTERFACE --coverage)
endif()

# What makes a fault of ours hard to use. Sanitizers find the faults themselves, and a build for coverage wants no optimizer.
option(UT_HARDEN "Build with the compiler's and the linker's hardening" ON)
if(UT_HARDEN AND NOT UT_SANITIZE AND NOT UT_COVERAGE)
  include(CheckCCompilerFlag)
  foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -ftrivial-auto-var-init=zero)
    string(MAKE_C_IDENTIFIER "UT_HAVE${flag}" have)
    check_c_compiler_flag(${flag} ${have})
    if(${have} AND flag MATCHES auto-var)
      target_compile_options(ut_flags INTERFACE $<$<NOT:$<BOOL:$<TARGET_PROPERTY:UT_SCRATCH>>>:${flag}>)
    elseif(${have})
      target_compile_options(ut_flags INTERFACE ${flag})
    endif()
  endforeach()
  # 3 where the compiler can tell sizes at run time; it wants an optimizer. A level that is set by the system is replaced.
  check_c_compiler_flag("-O2;-Werror;-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3;-include;stdio.h" UT_HAVE_FORTIFY_3)
  if(UT_HAVE_FORTIFY_3)
    set(level 3)
  else()
    set(level 2)
  endif()
  target_compile_options(ut_flags INTERFACE $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE$<SEMICOLON>-D_FORTIFY_SOURCE=${level}>)
  target_link_options(ut_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
