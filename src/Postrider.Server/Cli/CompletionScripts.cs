namespace Postrider.Server.Cli;

/// <summary>
/// What each shell runs when someone presses Tab: it asks <c>postrider [suggest:POSITION] "LINE"</c>, which answers one suggestion a line.
/// No answer is evaluated: the names of destinations come from a server.
/// </summary>
internal static class CompletionScripts
{
    public const string Bash =
        """
        # Completion of postrider for bash.
        _postrider_completions() {
            local command="${1/#\~/$HOME}" word="$2" line
            COMPREPLY=()
            while IFS= read -r line; do
                if [[ "$line" == "$word"* ]]; then
                    COMPREPLY+=("$line")
                fi
            done < <("$command" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)
        }
        complete -o default -F _postrider_completions postrider

        """;

    public const string Zsh =
        """
        #compdef postrider
        # Completion of postrider for zsh.
        _postrider() {
            local line="${(j: :)words[1,CURRENT]}"
            local -a suggestions
            suggestions=("${(@f)$("${words[1]/#\~/$HOME}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
            if [[ -n "${suggestions[1]}" ]]; then
                compadd -- "${suggestions[@]}"
            else
                _files
            fi
        }
        if (( $+functions[compdef] )); then
            compdef _postrider postrider
        fi

        """;

    public const string Fish =
        """
        # Completion of postrider for fish.
        function __postrider_complete
            set -l line (commandline --current-process --cut-at-cursor)
            command postrider "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete --command postrider --arguments "(__postrider_complete)"

        """;

    public const string PowerShell =
        """
        # Completion of postrider for PowerShell.
        Register-ArgumentCompleter -Native -CommandName postrider -ScriptBlock {
            param($wordToComplete, $commandAst, $cursorPosition)
            $length = $cursorPosition - $commandAst.Extent.StartOffset
            $line = $commandAst.ToString().PadRight($length).Substring(0, $length)
            & $commandAst.CommandElements[0].Value "[suggest:$length]" $line 2>$null |
                Where-Object { $_ -like "$wordToComplete*" } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }

        """;
}
