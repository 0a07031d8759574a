/* Completion for shells, from the table of commands. */
#include <stdio.h>
#include <string.h>

#include "command.h"

/* Once for each word that begins commands: `body` is told the group and, for a group of one word, its command. */
static bool begins_group(int index)
{
    const command *c = command_at(index), *before = index ? command_at(index - 1) : NULL;
    size_t length = strcspn(c->words, " ");
    return !before || strncmp(before->words, c->words, length) != 0 ||
           (before->words[length] && before->words[length] != ' ');
}

static void put_groups(void)
{
    for (int i = 0; command_at(i); i++)
        if (begins_group(i))
            printf("%s%.*s", i ? " " : "", (int)strcspn(command_at(i)->words, " "), command_at(i)->words);
}

static void put_second_words(const char *words, size_t length)
{
    const command *c;
    const char *blank = "";
    for (int i = 0; (c = command_at(i)); i++) {
        if (strncmp(c->words, words, length) == 0 && c->words[length] == ' ') {
            printf("%s%s", blank, c->words + length + 1);
            blank = " ";
        }
    }
}

static void put_choices(const char *choices)
{
    for (; *choices; choices++)
        putchar(*choices == '|' ? ' ' : *choices);
}

static bool is_file(const parameter *p)
{
    return p->value && (strcmp(p->value, "FILE") == 0 || strcmp(p->value, "DIR") == 0 || strcmp(p->value, "JSON") == 0);
}

static void bash_command(const command *c)
{
    const parameter *p;
    printf("    '%s')\n        case $previous in\n", c->words);
    for (int i = 0; (p = command_parameter(c, i)); i++) {
        if (p->kind >= OPERAND || !p->value)
            continue;
        printf("        --%s) ", p->name);
        if (strchr(p->value, '|')) {
            fputs("words='", stdout);
            put_choices(p->value);
            fputs("' ;;\n", stdout);
        } else {
            fputs(is_file(p) ? "files=1 ;;\n" : "return ;;\n", stdout);
        }
    }
    fputs("        *) words='", stdout);
    for (int i = 0; (p = command_parameter(c, i)); i++) {
        if (p->kind < OPERAND)
            printf("%s--%s", i ? " " : "", p->name);
        else if (p->value && strchr(p->value, '|')) {
            putchar(' ');
            put_choices(p->value);
        }
    }
    fputs("'", stdout);
    for (int i = 0; (p = command_parameter(c, i)); i++)
        if (p->kind >= OPERAND && is_file(p))
            fputs(" files=1", stdout);
    fputs(" ;;\n        esac ;;\n", stdout);
}

void command_completion_bash(void)
{
    const command *c;
    fputs("# bash completion for kloyst, printed by `kloyst completion bash`\n"
          "_kloyst()\n{\n"
          "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words= files= command\n"
          "    COMPREPLY=()\n"
          "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
          "        mapfile -t COMPREPLY < <(compgen -W '",
          stdout);
    put_groups();
    fputs(" --help --version' -- \"$current\")\n        return\n    fi\n    command=${COMP_WORDS[1]}\n"
          "    case $command in\n",
          stdout);
    for (int i = 0; (c = command_at(i)); i++) {
        size_t length = strcspn(c->words, " ");
        if (!begins_group(i) || !c->words[length])
            continue;
        printf("    %.*s)\n        if [ \"$COMP_CWORD\" -eq 2 ]; then\n            mapfile -t COMPREPLY < <(compgen -W '",
               (int)length, c->words);
        put_second_words(c->words, length);
        fputs("' -- \"$current\")\n            return\n        fi\n        command=\"$command ${COMP_WORDS[2]}\" ;;\n", stdout);
    }
    fputs("    esac\n    case $command in\n", stdout);
    for (int i = 0; (c = command_at(i)); i++)
        bash_command(c);
    fputs("    *) return ;;\n    esac\n"
          "    mapfile -t COMPREPLY < <(compgen ${files:+-f} -W \"$words\" -- \"$current\")\n"
          "}\ncomplete -o filenames -F _kloyst kloyst\n",
          stdout);
}

/* Between single quotes, where a colon and brackets separate. */
static void zsh_text(const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", stdout);
        else if (strchr(":[]", *text))
            printf("\\%c", *text);
        else
            putchar(*text);
    }
}

static void zsh_action(const parameter *p)
{
    printf(":%s:", p->name);
    if (strchr(p->value, '|')) {
        putchar('(');
        put_choices(p->value);
        putchar(')');
    } else if (is_file(p)) {
        fputs(strcmp(p->value, "DIR") == 0 ? "_files -/" : "_files", stdout);
    }
}

void command_completion_zsh(void)
{
    const command *c;
    const parameter *p;
    fputs("#compdef kloyst\n# zsh completion for kloyst, printed by `kloyst completion zsh`\n"
          "_kloyst()\n{\n    local command=$words[2]\n    if (( CURRENT == 2 )); then\n        compadd -- ",
          stdout);
    put_groups();
    fputs("\n        return\n    fi\n    case $command in\n", stdout);
    for (int i = 0; (c = command_at(i)); i++) {
        size_t length = strcspn(c->words, " ");
        if (!begins_group(i) || !c->words[length])
            continue;
        printf("    %.*s)\n        if (( CURRENT == 3 )); then\n            compadd -- ", (int)length, c->words);
        put_second_words(c->words, length);
        fputs("\n            return\n        fi\n        command=\"$command $words[3]\"\n        shift words\n"
              "        (( CURRENT-- )) ;;\n",
              stdout);
    }
    fputs("    esac\n    shift words\n    (( CURRENT-- ))\n    case $command in\n", stdout);
    for (int i = 0; (c = command_at(i)); i++) {
        printf("    '%s')\n        _arguments", c->words);
        for (int n = 0; (p = command_parameter(c, n)); n++) {
            fputs(" \\\n            '", stdout);
            if (p->kind < OPERAND) {
                printf("--%s[", p->name);
                zsh_text(p->help);
                putchar(']');
            }
            if (p->value)
                zsh_action(p);
            putchar('\'');
        }
        fputs(" ;;\n", stdout);
    }
    fputs("    esac\n}\n_kloyst \"$@\"\n", stdout);
}
