<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>ActionBar</name>
    <message numerus="yes">
        <source>%Ln message(s) not sent yet will be skipped, for good.</source>
        <translation>
            <numerusform>%Ln message not sent yet will be skipped, for good.</numerusform>
            <numerusform>%Ln messages not sent yet will be skipped, for good.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Counted</name>
    <message numerus="yes">
        <source>%n message(s) are in doubt: whether they arrived is unknown, so they are not sent again.</source>
        <translation>
            <numerusform>%n message is in doubt: whether it arrived is unknown, so it is not sent again.</numerusform>
            <numerusform>%n messages are in doubt: whether they arrived is unknown, so they are not sent again.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n campaign(s) go on where they stopped.</source>
        <translation>
            <numerusform>%n campaign goes on where it stopped.</numerusform>
            <numerusform>%n campaigns go on where they stopped.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n campaign(s) are scheduled.</source>
        <translation>
            <numerusform>%n campaign is scheduled.</numerusform>
            <numerusform>%n campaigns are scheduled.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more campaign(s) are scheduled after it.</source>
        <translation>
            <numerusform>%n more campaign is scheduled after it.</numerusform>
            <numerusform>%n more campaigns are scheduled after it.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n campaign(s) are still sending.</source>
        <translation>
            <numerusform>%n campaign is still sending.</numerusform>
            <numerusform>%n campaigns are still sending.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DoubtCard</name>
    <message numerus="yes">
        <source>%Ln message(s) are in doubt: it is unknown whether they arrived.</source>
        <translation>
            <numerusform>%Ln message is in doubt: it is unknown whether it arrived.</numerusform>
            <numerusform>%Ln messages are in doubt: it is unknown whether they arrived.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FilePanel</name>
    <message numerus="yes">
        <source>%Ln good</source>
        <comment>rows</comment>
        <translation>
            <numerusform>%Ln good</numerusform>
            <numerusform>%Ln good</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln duplicate(s)</source>
        <comment>rows</comment>
        <translation>
            <numerusform>%Ln duplicate</numerusform>
            <numerusform>%Ln duplicates</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln bad</source>
        <comment>rows</comment>
        <translation>
            <numerusform>%Ln bad</numerusform>
            <numerusform>%Ln bad</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Findings</name>
    <message numerus="yes">
        <source>%Ln row(s) are bad only because no country is chosen.</source>
        <translation>
            <numerusform>%Ln row is bad only because no country is chosen.</numerusform>
            <numerusform>%Ln rows are bad only because no country is chosen.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln hidden row(s) are left out.</source>
        <translation>
            <numerusform>%Ln hidden row is left out.</numerusform>
            <numerusform>%Ln hidden rows are left out.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln number(s) are not in their country&apos;s plan.</source>
        <translation>
            <numerusform>%Ln number is not in its country&apos;s plan.</numerusform>
            <numerusform>%Ln numbers are not in their country&apos;s plan.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s) are left out: they hold characters that are not %1.</source>
        <translation>
            <numerusform>%Ln row is left out: it holds characters that are not %1.</numerusform>
            <numerusform>%Ln rows are left out: they hold characters that are not %1.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln cell(s) hold several numbers: the first mobile number of each is used.</source>
        <translation>
            <numerusform>%Ln cell holds several numbers: its first mobile number is used.</numerusform>
            <numerusform>%Ln cells hold several numbers: the first mobile number of each is used.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>NewCampaignDialog</name>
    <message numerus="yes">
        <source>%n file(s) after this one</source>
        <translation>
            <numerusform>%n file after this one</numerusform>
            <numerusform>%n files after this one</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>NewCampaigns</name>
    <message numerus="yes">
        <source>%n file(s): one list, or a campaign for each?</source>
        <translation>
            <numerusform>%n file: one list, or a campaign for each?</numerusform>
            <numerusform>%n files: one list, or a campaign for each?</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more file(s) wait for a campaign.</source>
        <translation>
            <numerusform>%n more file waits for a campaign.</numerusform>
            <numerusform>%n more files wait for a campaign.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Settling</name>
    <message numerus="yes">
        <source>Send %Ln failed message(s) again?</source>
        <translation>
            <numerusform>Send %Ln failed message again?</numerusform>
            <numerusform>Send %Ln failed messages again?</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln message(s) will not be sent again:</source>
        <translation>
            <numerusform>%Ln message will not be sent again:</numerusform>
            <numerusform>%Ln messages will not be sent again:</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>• %Ln message(s) for other reasons</source>
        <translation>
            <numerusform>• %Ln message for other reasons</numerusform>
            <numerusform>• %Ln messages for other reasons</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Send %Ln message(s) in doubt again?</source>
        <translation>
            <numerusform>Send %Ln message in doubt again?</numerusform>
            <numerusform>Send %Ln messages in doubt again?</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Treat %Ln message(s) in doubt as sent?</source>
        <translation>
            <numerusform>Treat %Ln message in doubt as sent?</numerusform>
            <numerusform>Treat %Ln messages in doubt as sent?</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Tray</name>
    <message numerus="yes">
        <source>%n campaign(s) at work: %1</source>
        <translation>
            <numerusform>%n campaign at work: %1</numerusform>
            <numerusform>%n campaigns at work: %1</numerusform>
        </translation>
    </message>
</context>
</TS>
